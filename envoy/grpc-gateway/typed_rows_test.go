package main

import "strings"

// The typed services.

var modelRows = []row{
	get("/v1/models", 200),
	get("/v1/models/", 200),
	get("/v1/models?page_size=1", 200),
	get("/v1/models?pageSize=2", 200),
	get("/v1/models?page_size=-1", 400),
	get("/v1/models?page_size=x", 400).differing(wording, inWords),
	get("/v1/models?page_size=99999999999", 400).differing(wording, inWords),
	get("/v1/models?page_token=nonsense", 400),
	get("/v1/models?page_token=%FF", 400).differing(wording, inWords),
	get("/v1/models?depth=1", 400),
	get("/v1/models/tiny", 200),
	get("/v1/models/tiny?name=upper", 400),
	get("/v1/models/tiny?version=7&versionLabel=x", 400),
	get("/v1/models/tiny?depth=1", 400),
	get("/v1/models/tiny/versions/1", 200),
	get("/v1/models/tiny/versions/9", 404),
	get("/v1/models/tiny/versions/one", 400).differing(wording, inWords),
	get("/v1/models/tiny/versions/99999999999999999999", 400).differing(wording, inWords),
	get("/v1/models/tiny/labels/stable", 200),
	get("/v1/models/tiny/labels/nope", 404),
	get("/v1/models/broken", 200),
	get("/v1/models/nope", 404),
	get("/v1/models/llama:7b", 400),
	get("/v1/models/a%2Fb", 400),
	get("/v1/models/a%25b", 400),
	get("/v1/models/a%2541", 400),
	get("/v1/models/..%2F..%2Fetc", 400),
	get("/v1/models/a%0d%0ab", 400),
	get("/v1/models/%C3%A9", 400),
	get("/v1/models/%FF", 400),
	get("/v1/models/a%00b", 400),
	get("/v1/models/tiny/labels/%FF", 400),
}

var orderRows = []row{
	post("/v1/models/tiny:load", `{"wait":true}`, 200),
	post("/v1/models/tiny:load", `{"version":"1","dry_run":true}`, 200),
	post("/v1/models/tiny:load", `{"version":1,"dryRun":true}`, 200),
	post("/v1/models/tiny:load?dry_run=true", "", 200),
	post("/v1/models/tiny:load?name=nope&dryRun=true", "{}", 400),
	post("/v1/models/tiny:load?dryRun=true&version=1", "{}", 400),
	post("/v1/models/tiny:load?depth=1", "{}", 400),
	post("/v1/models/tiny:load", `{"dry_run":true,"unknown":[1]}`, 200),
	post("/v1/models/tiny:load", `{"version":"-1"}`, 400),
	post("/v1/models/tiny:load", `{"version":"one"}`, 400).differing(wording, inWords),
	post("/v1/models/tiny:load", `{"name":"upper","dry_run":true}`, 400).differing(bodyName, inAll).answered(200),
	post("/v1/models/nope:load", "{}", 404),
	post("/v1/models/tiny:load", `{"dry_run":true}`, 403).with("origin: https://example.org"),
	post("/v1/models/tiny:load", `{"dry_run":true}`, 200).with("origin: http://localhost:3000"),
	post("/v1/models/tiny:load", `{"dry_run":true}`, 200).with("x-forwarded-for: 192.0.2.7"),
	post("/v1/models/tiny:load", `{"dry_run":true}`, 200).with("grpc-metadata-x-forwarded-for: 192.0.2.7"),
	post("/v1/models/tiny:unload", `{"dry_run":true}`, 200),
	post("/v1/models/spare:unload", `{"wait":true}`, 200).except("timeline").
		after(post("/v1/models/spare:load", `{"wait":true}`, 200)),
	post("/v1/models/spare:load", `{"wait":true}`, 200).except("timeline").
		after(post("/v1/models/spare:unload", `{"wait":true}`, 200)),
	post("/v1/models/tiny:reload", `{"dry_run":true}`, 200),
	post("/v1/models/nope:reload", "", 404),
	post("/v1/models/tiny:setLabel", `{"label":"candidate","version":"2"}`, 200),
	post("/v1/models/tiny:setLabel", `{"label":"candidate","version":2,"expected_version":"2"}`, 200),
	post("/v1/models/tiny:setLabel", `{"label":"candidate","version":"1","expectedVersion":"7"}`, 409),
	post("/v1/models/tiny:setLabel", `{"label":"candidate"}`, 400),
	post("/v1/models/tiny:setLabel", "{}", 400),
}

var tensorRows = []row{
	post("/v1/models/tiny:predictTensors", tensor, 200),
	post("/v1/models/tiny:predictTensors?id=abc", tensor, 200),
	post("/v1/models/tiny:predictTensors?model_spec.name=upper&modelSpec.version=9", tensor, 400),
	post("/v1/models/tiny:predictTensors?id=version", tensor, 200),
	post("/v1/models/tiny:predictTensors?depth=1", tensor, 400),
	typed(`"model_spec":{"version":"1"},"id":"7","output_filter":["version"]`, 200),
	typed(`"modelSpec":{"version":1},"outputFilter":["y","version"]`, 200),
	typed(`"model_spec":{"version_label":"stable"}`, 200),
	typed(`"model_spec":{"version":9}`, 404),
	typed(`"model_spec":{"version":1,"version_label":"stable"}`, 400).differing(wording, inWords),
	typed(`"model_spec":{"name":"upper"}`, 400).differing(bodyName, inAll).answered(200),
	typed(`"parameters":{"priority":1,"other":[null,true,"x",{"y":0.5}]}`, 200),
	typed(`"parameters":{"priority":-1}`, 400),
	typed(`"output_filter":["nope"]`, 400),
	typed(`"unknown":{"deep":[1,2]}`, 200),
	oneTensor(`"dtype":12,"shape":["1","2"],"fp32_val":["1","NaN"]`, 200),
	oneTensor(`"dtype":"DT_FP32","shape":[1,2],"raw":"AACAPwAAAEA="`, 200),
	oneTensor(`"dtype":"DT_FP32","shape":[1,2],"raw":"AACAPwAAAEA"`, 200),
	oneTensor(`"dtype":"DT_FP32","shape":[0,2]`, 200),
	oneTensor(`"dtype":"DT_FP32","shape":[1,3],"fp32Val":[1,2,3]`, 400),
	oneTensor(`"dtype":"DT_FP32","shape":[1,2],"fp32_val":[1]`, 400),
	oneTensor(`"dtype":"DT_INT64","shape":[1,2],"int_val":["1","-9223372036854775808"]`, 400),
	oneTensor(`"shape":[1,2],"fp32_val":[1,2]`, 400),
	oneTensor(`"dtype":"DT_NOPE"`, 400).differing(unknownEnum, inAll),
	oneTensor(`"fp32_val":[NaN]`, 400).differing(wording, inWords),
	oneTensor(`"fp32_val":[1e400]`, 400).differing(wording, inWords),
	oneTensor(`"shape":[1.5]`, 400).differing(wording, inWords),
	oneTensor(`"raw":"!!"`, 400).differing(wording, inWords),
	oneTensor(`"dtype":"DT_FP32","shape":[1,2,],"fp32_val":[1,2]`, 200).differing(comma, inAll).answered(400),
	post("/v1/models/tiny:predictTensors", "", 400),
	post("/v1/models/tiny:predictTensors", "{}", 400),
	post("/v1/models/tiny:predictTensors", "{tru", 400).differing(wording, inWords),
	post("/v1/models/tiny:predictTensors", "[1]", 400).differing(wording, inWords),
	post("/v1/models/tiny:predictTensors", "{} x", 400).differing(wording, inWords),
	post("/v1/models/tiny:predictTensors", `{"inputs":1}`, 400).differing(wording, inWords),
	post("/v1/models/tiny:predictTensors", "{\"id\":\"\xff\"}", 400).differing(wording, inWords),
	post("/v1/models/tiny:predictTensors", strings.Repeat("[", 10_000), 400).differing(wording, inWords),
	post("/v1/models/tiny:predictTensors", tensor, 200).with("content-type: application/x-www-form-urlencoded"),
	post("/v1/models/tiny:predictTensors", gzipped(tensor), 415).of("gzip").with("content-encoding: gzip").
		differing(wording, inWords),
	post("/v1/models/iris:predictTensors",
		`{"inputs":[{"name":"features","dtype":"DT_FP32","shape":[1,4],"fp32_val":[5.1,3.5,1.4,0.2]}]}`, 200),
	post("/v1/models/nope:predictTensors", tensor, 404),
	post("/v1/models/broken:predictTensors", tensor, 400),
	post("/v1/models/%FF:predictTensors", tensor, 400),
	post("/v1/models/:predictTensors", tensor, 404),
	get("/v1/models/tiny:predictTensors?x=1", 405),
}

// typed is tensor with more in it.
func typed(more string, status int) row {
	return post("/v1/models/tiny:predictTensors", "{"+more+","+tensor[1:], status)
}

func oneTensor(fields string, status int) row {
	return post("/v1/models/tiny:predictTensors", `{"inputs":[{"name":"x",`+fields+"}]}", status)
}
