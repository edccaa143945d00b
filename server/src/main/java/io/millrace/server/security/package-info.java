/** Says who may ask for what. */
@NullMarked
package io.millrace.server.security;

import org.jspecify.annotations.NullMarked;
