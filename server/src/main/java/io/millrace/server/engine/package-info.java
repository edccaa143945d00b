/** What the server asks of a framework that runs models. */
@NullMarked
package io.millrace.server.engine;

import org.jspecify.annotations.NullMarked;
