package main

import (
	"fmt"
	"strings"
)

// The service whose bodies go through as they are, and what concerns all routes.

var predictRows = []row{
	post("/v1/models/tiny:predict", rowsOf, 200),
	post("/v1/models/tiny:predict", `{"inputs":[[1.0,NaN]]}`, 200),
	post("/v1/models/tiny/versions/1:predict", rowsOf, 200),
	post("/v1/models/tiny/labels/stable:predict", rowsOf, 200),
	post("/v1/models/tiny:predict?model=upper&version=7&label=x", rowsOf, 400),
	post("/v1/models/tiny:predict?label", rowsOf, 400),
	post("/v1/models/tiny:predict?top_k=1&top_k=5", rowsOf, 400).differing(wording, inWords).except("details"),
	post("/v1/models/tiny:predict?top_k=1&topK=5", rowsOf, 400).differing(wording, inWords).except("details"),
	post("/v1/models/tiny:predict?body.content_type=text/html&depth=1", rowsOf, 400),
	post("/v1/models/tiny:predict?%6dodel=upper", rowsOf, 400),
	post("/v1/models/tiny:predict?team%5B1%5D=shop", rowsOf, 400),
	post("/v1/models/tiny:predict?topk=3", rowsOf, 400),
	post("/v1/models/tiny:predict?topk", rowsOf, 400),
	post("/v1/models/tiny:predict?", rowsOf, 200),
	post("/v1/models/tiny:predict?body", rowsOf, 400),
	post("/v1/models/tiny:predict?body=1", rowsOf, 400),
	post("/v1/models/tiny:predict?body.content_type=image/png", rowsOf, 400),
	post("/v1/models/tiny:predict", rowsOf, 200).with("content-type: application/json; charset=utf-8"),
	post("/v1/models/tiny:predict", rowsOf, 200).with("content-type: application/x-www-form-urlencoded"),
	post("/v1/models/tiny:predict", rowsOf, 200).
		with("content-type: application/x-www-form-urlencoded", "x-http-method-override: GET"),
	post("/v1/models/tiny:predict", rowsOf, 415).with("content-type: text/html").except("metadata").
		differing(mediaType, inWords).answered(501),
	post("/v1/models/tiny:predict", gzipped(rowsOf), 200).of("gzip").with("content-encoding: gzip"),
	post("/v1/models/tiny:predict", gzipped(rowsOf)[:20], 400).of("cut gzip").with("content-encoding: gzip"),
	post("/v1/models/tiny:predict", rowsOf, 415).with("content-encoding: br").except("metadata").
		differing(mediaType, inWords).answered(501),
	post("/v1/models/tiny:predict", "", 400),
	post("/v1/models/tiny:predict", "{tru", 400),
	post("/v1/models/tiny:predict", "[]", 400),
	post("/v1/models/tiny:predict", `{"instances":[["a",2]]}`, 400),
	post("/v1/models/tiny:predict", "{\"instances\":\"\xff\"}", 400),
	post("/v1/models/iris:predict", `{"instances":[[5.1,3.5,1.4,0.2],[6.2,2.9,4.3,1.3]]}`, 200),
	post("/v1/models/upper:predict", `{"instances":["caf\u00e9",{"b64":"YQ=="}]}`, 200),
	post("/v1/models/upper:predict", `{"instances":[{"b64":"/w=="}]}`, 500).except("errorId"),
	post("/v1/models/tiny/versions/9:predict", rowsOf, 404),
	post("/v1/models/tiny/versions/x:predict", rowsOf, 404),
	post("/v1/models/nope:predict", rowsOf, 404),
	post("/v1/models/broken:predict", rowsOf, 400),
	post("/v1/models/a%2Fb:predict", rowsOf, 400),
	post("/v1/models/a%20b:predict", rowsOf, 400),
	post("/v1/models/%FF:predict", rowsOf, 400),
	post("/v1/models/:predict", rowsOf, 404),
	post("/v1/models/tiny%3Apredict", rowsOf, 404),
	post("/v1/models/tiny:predict/", rowsOf, 404),
	post("/v1/models/tiny:Predict", rowsOf, 404),
	post("/v1/models/tiny:predict", rowsOf, 405).as("PUT"),
	get("/v1/models/tiny:predict", 405),
	get("/v1/models/tiny/metadata", 200),
	get("/v1/models/tiny/versions/1/metadata", 200),
	get("/v1/models/tiny/labels/stable/metadata", 200),
	get("/v1/models/nope/metadata", 404),
	get("/v1/models/tiny/metadata?model=upper", 400),
	get("/v1/models/tiny/metadata?topk", 400),
	get("/v1/models/tiny/metadata?body.extensions=x", 400),
}

var openRows = []row{
	get("/v2", 200),
	get("/v2/", 200),
	get("/v2/health/live", 200),
	get("/v2/health/ready", 200),
	get("/v2/health/live?test_1=1&test_2=2", 200),
	get("/v2/health/ready?top_k=3", 200),
	get("/v2/health/live", 405).as("HEAD"),
	get("/v2/health/ready?x=1", 405).as("POST"),
	get("/v2?team", 200),
	get("/v2/models/tiny", 200),
	get("/v2/models/tiny/versions/1", 200),
	get("/v2/models/tiny/versions/one", 404),
	get("/v2/models/tiny/ready", 200),
	get("/v2/models/tiny/ready/", 200),
	get("/v2/models/tiny/ready", 405).as("HEAD"),
	get("/v2/models/tiny?model=upper&team=shop", 200),
	get("/v2/models/tiny?x=1&%6Dodel=upper", 400),
	get("/v2/models/tiny?%256dodel=upper", 200),
	get("/v2/models/tiny?mode%6c", 400),
	get("/v2/models/tiny?team%5B1%5D=shop&x=%FF", 200),
	get("/v2/models/tiny/versions/1?version=2&label.x=1", 200),
	get("/v2/models/tiny?top_k=3&team=shop", 400),
	get("/v2/models/tiny?topK=three", 400).differing(wording, inWords),
	get("/v2/models/tiny/versions/2/ready", 200),
	get("/v2/models/nope/ready", 404),
	get("/v2/models/broken/ready", 400),
	get("/v2/models//ready", 400),
	post("/v2/models/tiny/infer", infer, 200),
	post("/v2/models/tiny/infer", strings.Replace(infer, "{", `{"id":"7","outputs":[{"name":"version"}],`, 1), 200),
	post("/v2/models/tiny/versions/1/infer", infer, 200),
	post("/v2/models/tiny/infer?test_1=1&test_2=2", infer, 200),
	post("/v2/models/tiny/infer?version=2&team=shop", infer, 200),
	post("/v2/models/tiny/infer?shape=1&team=shop", infer, 400),
	post("/v2/models/tiny/infer", infer, 200).with("content-type: application/octet-stream"),
	post("/v2/models/tiny/infer", gzipped(infer), 200).of("gzip").with("content-encoding: gzip"),
	post("/v2/models/tiny/infer", strings.Replace(infer, "1.0,", "", 1), 400),
	post("/v2/models/tiny/infer", strings.Replace(infer, "FP32", "FP31", 1), 400),
	post("/v2/models/tiny/infer", "", 400),
	post("/v2/models/tiny/versions/one/infer", infer, 404),
	post("/v2/models/nope/infer", infer, 404),
	post("/v2/models//infer", infer, 400),
	post("/v2/models/%FF%FE/infer", infer, 400),
	get("/v2/models/tiny/infer", 405),
	binary(),
}

// binary is an infer whose tensors stand behind the JSON, in both directions. Whether the server reads it is its own
// business; here only that both let it through.
func binary() row {
	json := `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}],` +
		`"parameters":{"binary_data_output":true}}`
	sent := post("/v2/models/tiny/infer", json+"\x00\x00\x80\x3f\x00\x00\x00\x40", anyStatus)
	return sent.with(fmt.Sprintf("inference-header-content-length: %d", len(json)))
}

// anyStatus asks only that both answer alike.
const anyStatus = 0

var oddRows = []row{
	get("/", 404),
	get("/nope?x=1", 404),
	get("/v3/models", 404),
	get("//v1/models", 404),
	get("/v1//models", 404),
	get("/V1/models", 404),
	get("/v1/models/tiny", 404).as("PUT"),
	get("/v1/models", 404).as("DELETE"),
	get("/v1/models", 404).as("TRACE"),
	get("/v1/models/tiny/../tiny", 200).differing(dots, inAll).answered(404),
	get("/v1/models/a%zz", 400).differing(noHTTP, inAll),
	get("v1/models", 400).differing(noHTTP, inAll),
	get("/v1/models", 431).with("x-large: "+strings.Repeat("a", 20_000)).of("20 KB").differing(bigHeader, inAll),
	get("/v1/models", 200).with(headers(90, 115)...).of("90 headers, 11 KB"),
	get("/v1/models", 431).with(headers(101, 1)...).of("101 headers").differing(bigHeader, inAll).answered(200),
	get("/v1/models", 200).with("x-any-bin: !!!"),
	get("/v1/models", 200).with("x-any: \xe4"),
	get("/v1/models", 200).with("authorization: \xe4"),
	get("/v1/models", 200).with("grpc-timeout: 99999999H"),
	get("/v1/models", 200).with("x-forwarded-for: \xe4"),
	get("/v1/models", 200).with("te: trailers", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
	get("/v1/models/tiny", 400).with("grpc-timeout: soon"),
	get("/v1/models/tiny", 504).with("grpc-timeout: 0S"),
	get("/v1/models/tiny", 200).with("grpc-timeout: 20S"),
	post("/v1/models/slow:predict", `{"inputs":{"steps":500000}}`, 504).with("grpc-timeout: 50m"),
	post("/v1/models/slow:predictTensors",
		`{"inputs":[{"name":"steps","dtype":"DT_INT64","int_val":[500000]}],"parameters":{"timeout":100000}}`, 504),
}

func headers(count, length int) []string {
	var lines []string
	for i := range count {
		lines = append(lines, fmt.Sprintf("x-%02d: %s", i, strings.Repeat("a", length)))
	}
	return lines
}

// The server takes 1 MiB here.
var limitRows = []row{
	post("/v1/models/tiny:predict", spaced(rowsOf, 1<<20), 200).of("1 MiB"),
	post("/v1/models/tiny:predict", spaced(rowsOf, 1<<20+1), 413).of("1 MiB and a byte"),
	post("/v1/models/tiny:predictTensors", spaced(tensor, 1<<20), 200).of("1 MiB"),
	post("/v1/models/tiny:predictTensors", spaced(tensor, 1<<20+1), 413).of("1 MiB and a byte"),
	post("/v1/models/tiny:predictTensors", `{"inputs":[{"fp64_val":[`+strings.Repeat("0,", 300_000)+"0]}]}", 413).
		of("more than 1 MiB as a message"),
	post("/v1/models/tiny:predict", gzipped(spaced(rowsOf, 1<<20+1)), 429).of("more than 1 MiB once inflated").
		with("content-encoding: gzip"),
}
