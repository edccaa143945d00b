/**
 * The vocabulary of the house: ids, tensors, signatures, reasons for failure, and the contracts
 * between rooms.
 */
@NullMarked
package io.millrace.server.model;

import org.jspecify.annotations.NullMarked;
