package io.millrace.server.inference;

/**
 * A class and its score.
 *
 * @param index where it stands among the scores, from 0
 * @param score as the model gave it: a Float, a Double, a Long or, of UINT64, a BigInteger
 */
public record ScoredClass(int index, Number score) {}
