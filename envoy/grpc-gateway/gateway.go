package main

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	millrace "millrace/grpc-gateway/generated/millrace/v1"
)

// envelope is what a message has beyond the body: the path and the content type.
const envelope = 64 << 10

// registrations are the services with routes; the tests fail when one is missing here.
var registrations = []func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error{
	millrace.RegisterModelServiceHandler,
	millrace.RegisterPredictionServiceHandler,
	millrace.RegisterRestServiceHandler,
}

// newGateway answers REST by calling the server at an address. It runs until the context ends.
func newGateway(ctx context.Context, server string, limit size) (http.Handler, error) {
	all := routes()
	query := newQueryParser(all)
	connection, err := connect(server, limit, query)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { connection.Close() })
	failed := failures{limit}
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, newMarshaler()),
		runtime.WithIncomingHeaderMatcher(passes),
		runtime.WithOutgoingHeaderMatcher(passes),
		runtime.WithOutgoingTrailerMatcher(none),
		runtime.WithErrorHandler(failed.write),
		runtime.WithStreamErrorHandler(failed.ofStream),
		runtime.WithRoutingErrorHandler(writeRouting),
		// a%2Fb is one name; a POST stays a POST, whatever its content type.
		runtime.WithUnescapingMode(runtime.UnescapingModeAllExceptSlash),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithMiddlewares(query.passOver),
		runtime.SetQueryParameterParser(query),
	)
	for _, register := range registrations {
		if err := register(ctx, mux, connection); err != nil {
			return nil, err
		}
	}
	return newDoor(mux, limit, all), nil
}

func connect(server string, limit size, query *queryParser) (*grpc.ClientConn, error) {
	return grpc.NewClient(server,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: time.Minute, Timeout: 20 * time.Second}),
		grpc.WithUnaryInterceptor(query.interceptor),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallSendMsgSize(int(limit)+envelope),
			// The server itself bounds what it answers.
			grpc.MaxCallRecvMsgSize(math.MaxInt32)))
}
