package main

import "strings"

// ownHeaders belong to the connection, or are passed on by grpc-gateway itself: the caller's address in x-forwarded-for, by
// which the server judges who may load and unload models, and authorization.
var ownHeaders = map[string]bool{
	"authorization": true, "connection": true, "content-length": true, "content-type": true, "host": true,
	"keep-alive": true, "proxy-connection": true, "te": true, "trailer": true, "transfer-encoding": true,
	"upgrade": true, "x-forwarded-for": true, "x-forwarded-host": true,
}

// passes tells whether a header goes through, under its own name: to the server as metadata, and back. All do, as with Envoy,
// among them inference-header-content-length, content-encoding, origin, traceparent, x-request-id and retry-after, except
// for those above and gRPC's own. A name that ends in -bin would be taken for base64.
func passes(name string) (string, bool) {
	lower := strings.ToLower(name)
	isOwn := ownHeaders[lower] || strings.HasPrefix(lower, "grpc-") || strings.HasSuffix(lower, "-bin")
	return lower, !isOwn
}

func none(string) (string, bool) {
	return "", false
}
