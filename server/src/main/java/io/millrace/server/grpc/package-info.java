/** The gRPC door: services, codecs, health, and the map from reasons to status codes. */
@NullMarked
package io.millrace.server.grpc;

import org.jspecify.annotations.NullMarked;
