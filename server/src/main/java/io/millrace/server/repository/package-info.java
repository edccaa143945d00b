/** Reads the folder of models: which versions there are, which are complete, which are wanted. */
@NullMarked
package io.millrace.server.repository;

import org.jspecify.annotations.NullMarked;
