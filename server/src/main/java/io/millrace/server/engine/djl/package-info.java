/** TorchScript through Deep Java Library. */
@NullMarked
package io.millrace.server.engine.djl;

import org.jspecify.annotations.NullMarked;
