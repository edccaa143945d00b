// Command client lists the models, waits for iris, predicts with two of them, and handles an error by its reason.
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"os"
	"slices"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"millrace/client/generated/inference"
	millrace "millrace/client/generated/millrace/v1"
)

//go:generate go run ./internal/generate

// Each call has a deadline: without one it waits as long as the server does.
const (
	deadline  = 5 * time.Second
	readyWait = 60 * time.Second
)

var (
	setosa = []float32{5.1, 3.5, 1.4, 0.2}
	one    = []float32{
		0, 0, 0, 15, 12, 1, 0, 0,
		0, 0, 5, 16, 16, 6, 0, 0,
		0, 0, 2, 16, 16, 3, 0, 0,
		0, 0, 2, 16, 16, 1, 0, 0,
		0, 0, 6, 16, 13, 0, 0, 0,
		0, 0, 1, 16, 16, 2, 0, 0,
		0, 0, 3, 16, 15, 3, 0, 0,
		0, 0, 0, 15, 16, 1, 0, 0,
	}
)

func main() {
	log.SetFlags(0)
	address := "127.0.0.1:8001"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if err := run(context.Background(), address); err != nil {
		log.Fatal(explain(err, address))
	}
}

func run(ctx context.Context, address string) error {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := listModels(ctx, connection); err != nil {
		return err
	}
	if err := waitUntilReady(ctx, connection, "iris"); err != nil {
		return err
	}
	response, err := predict(ctx, connection, "iris", "features", []int64{1, 4}, setosa)
	if err != nil {
		return err
	}
	if err := printPrediction(response); err != nil {
		return err
	}
	response, err = predict(ctx, connection, "digits", "image", []int64{1, 8, 8}, one)
	if err != nil {
		return err
	}
	if err := printPrediction(response); err != nil {
		return err
	}
	_, err = predict(ctx, connection, "iris", "features", []int64{1, 3}, setosa[:3])
	if reason(err) != "TENSOR_SHAPE_MISMATCH" {
		return fmt.Errorf("three features should not fit: %v", err)
	}
	fmt.Println("refused, TENSOR_SHAPE_MISMATCH:", status.Convert(err).Message())
	return nil
}

func listModels(ctx context.Context, connection grpc.ClientConnInterface) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	response, err := millrace.NewModelServiceClient(connection).ListModels(ctx, &millrace.ListModelsRequest{})
	if err != nil {
		return err
	}
	for _, model := range response.GetModels() {
		engine := model.GetEngine()
		if engine == "" {
			engine = "not ready"
		}
		fmt.Printf("%s: %s\n", model.GetName(), engine)
	}
	return nil
}

func waitUntilReady(ctx context.Context, connection grpc.ClientConnInterface, model string) error {
	ctx, cancel := context.WithTimeout(ctx, readyWait)
	defer cancel()
	service := inference.NewGRPCInferenceServiceClient(connection)
	for {
		response, err := service.ModelReady(ctx, &inference.ModelReadyRequest{Name: model})
		if err != nil {
			return err
		}
		if response.GetReady() {
			fmt.Println(model, "is READY")
			return nil
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s was not READY within %v", model, readyWait)
		}
	}
}

func predict(ctx context.Context, connection grpc.ClientConnInterface, model, input string, shape []int64,
	values []float32) (*millrace.PredictResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	return millrace.NewPredictionServiceClient(connection).Predict(ctx, &millrace.PredictRequest{
		ModelSpec: &millrace.ModelSpec{Name: model},
		Inputs: []*millrace.Tensor{
			{Name: input, Dtype: millrace.DataType_DT_FP32, Shape: shape, Fp32Val: values},
		},
	})
}

func printPrediction(response *millrace.PredictResponse) error {
	var label int64
	var probabilities []float32
	for _, output := range response.GetOutputs() {
		// Answers are raw little-endian bytes.
		raw := bytes.NewReader(output.GetRaw())
		var err error
		switch output.GetName() {
		case "label":
			err = binary.Read(raw, binary.LittleEndian, &label)
		case "probabilities":
			probabilities = make([]float32, len(output.GetRaw())/4)
			err = binary.Read(raw, binary.LittleEndian, probabilities)
		}
		if err != nil {
			return err
		}
	}
	if len(probabilities) == 0 {
		return errors.New("no probabilities in the answer")
	}
	spec := response.GetModelSpec()
	fmt.Printf("%s version %d: label %d, probability %.2f\n", spec.GetName(), spec.GetVersion(), label,
		slices.Max(probabilities))
	return nil
}

// reason is what programs go by; the message is for people.
func reason(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

// explain tells a person what went wrong. A refusal by the server has a reason, an absent server has none.
func explain(err error, address string) string {
	if status.Code(err) == codes.Unavailable && reason(err) == "" {
		return "no server answers at " + address
	}
	return err.Error()
}
