// Command grpc-gateway serves Millrace's REST without Envoy: a stock grpc-gateway, generated from the annotations in proto/,
// with the options that make its answers equal to Envoy's, and a marshaler for google.api.HttpBody.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

//go:generate go -C ../../clients/go generate ./...
//go:generate go run ./internal/generate

// As Envoy has it in envoy.yaml.
const (
	// Go adds 4 KiB: together 12, which the server takes as well.
	maxHeaderBytes = 8 << 10
	headerPatience = 30 * time.Second
	idlePatience   = time.Hour
	// For calls that run when the gateway is told to stop.
	stopPatience = 30 * time.Second
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8000", "`address` to serve REST on")
	server := flag.String("server", "127.0.0.1:8001", "`address` of the server's gRPC port")
	limit := size(64 << 20)
	flag.Var(&limit, "max-message-size", "largest body, the same as the server's")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *listen, *server, limit); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, listen, server string, limit size) error {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Printf("REST http://%v, answered by the gRPC server at %s\n", listener.Addr(), server)
	return serve(ctx, listener, server, limit)
}

// serve answers on a listener until the context ends, and then finishes the calls that run.
func serve(ctx context.Context, listener net.Listener, server string, limit size) error {
	running, cancel := context.WithCancel(context.Background())
	defer cancel()
	gateway, err := newGateway(running, server, limit)
	if err != nil {
		return err
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	door := &http.Server{
		Handler:           gateway,
		Protocols:         protocols,
		MaxHeaderBytes:    maxHeaderBytes,
		ReadHeaderTimeout: headerPatience,
		IdleTimeout:       idlePatience,
	}
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		patience, done := context.WithTimeout(context.Background(), stopPatience)
		defer done()
		stopped <- door.Shutdown(patience)
	})
	if err := door.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
