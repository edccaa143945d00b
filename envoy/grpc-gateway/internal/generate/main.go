// Command generate writes the gateway's code into generated/, which git ignores. The messages and gRPC stubs are those of
// clients/go, generated before. Their descriptors, which are linked in here, are all that protoc-gen-grpc-gateway, pinned
// as a tool in go.mod, has to read.
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/pluginpb"

	_ "millrace/client/generated/millrace/v1"
)

const (
	plugin    = "protoc-gen-grpc-gateway"
	generated = "generated"
	// Where the stubs are imported from.
	stubs = "millrace/client/generated"
)

func main() {
	log.SetFlags(0)
	if err := generate(); err != nil {
		log.Fatalf("%s: %v", plugin, err)
	}
}

func generate() error {
	request := &pluginpb.CodeGeneratorRequest{}
	// Standalone code stands in a package of its own and imports the stubs. The files name no Go package, so their folders do.
	parameters := []string{"standalone=true", "paths=source_relative"}
	seen := map[string]bool{}
	protoregistry.GlobalFiles.RangeFilesByPackage("millrace.v1", func(file protoreflect.FileDescriptor) bool {
		name := file.Path()
		request.FileToGenerate = append(request.FileToGenerate, name)
		parameters = append(parameters, fmt.Sprintf("M%s=%s/%s", name, stubs, path.Dir(name)))
		addWithImports(request, file, seen)
		return true
	})
	request.Parameter = proto.String(strings.Join(parameters, ","))
	response, err := run(request)
	if err != nil {
		return err
	}
	return write(response)
}

// addWithImports keeps the order that plugins expect: what a file imports stands before it.
func addWithImports(request *pluginpb.CodeGeneratorRequest, file protoreflect.FileDescriptor, seen map[string]bool) {
	if seen[file.Path()] {
		return
	}
	seen[file.Path()] = true
	for i := range file.Imports().Len() {
		addWithImports(request, file.Imports().Get(i).FileDescriptor, seen)
	}
	request.ProtoFile = append(request.ProtoFile, protodesc.ToFileDescriptorProto(file))
}

func run(request *pluginpb.CodeGeneratorRequest) (*pluginpb.CodeGeneratorResponse, error) {
	input, err := proto.Marshal(request)
	if err != nil {
		return nil, err
	}
	command := exec.Command("go", "tool", plugin)
	command.Stdin = bytes.NewReader(input)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, err
	}
	response := &pluginpb.CodeGeneratorResponse{}
	if err := proto.Unmarshal(output, response); err != nil {
		return nil, err
	}
	if response.Error != nil {
		return nil, fmt.Errorf("%s", response.GetError())
	}
	return response, nil
}

func write(response *pluginpb.CodeGeneratorResponse) error {
	// Nothing stays of a file that is gone.
	if err := os.RemoveAll(generated); err != nil {
		return err
	}
	for _, file := range response.GetFile() {
		target := filepath.Join(generated, filepath.FromSlash(file.GetName()))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(target, []byte(file.GetContent()), 0o644); err != nil {
			return err
		}
	}
	return nil
}
