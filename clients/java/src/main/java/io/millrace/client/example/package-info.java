/** A program that a Java caller can start from. */
@NullMarked
package io.millrace.client.example;

import org.jspecify.annotations.NullMarked;
