// Command generate writes the stubs of proto/ into generated/, which git ignores. It needs no protoc: protocompile, the
// compiler inside buf, reads the files, and Go's own plugins, pinned as tools in go.mod, write the code.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/protoutil"
	// What proto/ imports from Google is linked in, which is how the compiler below finds it.
	_ "google.golang.org/genproto/googleapis/api/annotations"
	_ "google.golang.org/genproto/googleapis/api/httpbody"
	_ "google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/pluginpb"
)

const (
	protos    = "../../proto/src/main/proto"
	generated = "generated"
	// Where the packages in generated/ are imported from.
	module = "millrace/client/generated"
)

func main() {
	log.SetFlags(0)
	if err := generate(); err != nil {
		log.Fatal(err)
	}
}

func generate() error {
	names, err := protoFiles()
	if err != nil {
		return err
	}
	compiler := protocompile.Compiler{
		Resolver: protocompile.CompositeResolver{
			&protocompile.SourceResolver{ImportPaths: []string{protos}},
			protocompile.ResolverFunc(linkedIn),
		},
		SourceInfoMode: protocompile.SourceInfoStandard, // for the comments
	}
	files, err := compiler.Compile(context.Background(), names...)
	if err != nil {
		return err
	}
	request := &pluginpb.CodeGeneratorRequest{FileToGenerate: names}
	seen := map[string]bool{}
	for _, file := range files {
		addWithImports(request, file, seen)
	}
	// The files name no Go package, so their folders do.
	parameters := []string{"paths=source_relative"}
	for _, name := range names {
		parameters = append(parameters, fmt.Sprintf("M%s=%s/%s", name, module, path.Dir(name)))
	}
	request.Parameter = proto.String(strings.Join(parameters, ","))
	// No stub stays of a file that is gone.
	if err := os.RemoveAll(generated); err != nil {
		return err
	}
	for _, plugin := range []string{"protoc-gen-go", "protoc-gen-go-grpc"} {
		if err := run(plugin, request); err != nil {
			return fmt.Errorf("%s: %w", plugin, err)
		}
	}
	return nil
}

func protoFiles() ([]string, error) {
	var names []string
	err := filepath.WalkDir(protos, func(file string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".proto" {
			return err
		}
		name, err := filepath.Rel(protos, file)
		name = filepath.ToSlash(name)
		// TensorFlow Serving's clients have stubs of their own.
		if !strings.HasPrefix(name, "tensorflow/") {
			names = append(names, name)
		}
		return err
	})
	return names, err
}

func linkedIn(name string) (protocompile.SearchResult, error) {
	file, err := protoregistry.GlobalFiles.FindFileByPath(name)
	return protocompile.SearchResult{Desc: file}, err
}

// addWithImports keeps the order that plugins expect: what a file imports stands before it.
func addWithImports(request *pluginpb.CodeGeneratorRequest, file protoreflect.FileDescriptor, seen map[string]bool) {
	if seen[file.Path()] {
		return
	}
	seen[file.Path()] = true
	for i := 0; i < file.Imports().Len(); i++ {
		addWithImports(request, file.Imports().Get(i).FileDescriptor, seen)
	}
	request.ProtoFile = append(request.ProtoFile, protoutil.ProtoFromFileDescriptor(file))
}

func run(plugin string, request *pluginpb.CodeGeneratorRequest) error {
	input, err := proto.Marshal(request)
	if err != nil {
		return err
	}
	command := exec.Command("go", "tool", plugin)
	command.Stdin = bytes.NewReader(input)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return err
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(output, &response); err != nil {
		return err
	}
	if response.Error != nil {
		return fmt.Errorf("%s", response.GetError())
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
