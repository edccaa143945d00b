/** Image files become tensors: which library decodes them, and how pixels become values. */
@NullMarked
package io.millrace.server.image;

import org.jspecify.annotations.NullMarked;
