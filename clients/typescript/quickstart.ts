// Lists the models, waits for iris, predicts with two of them, and handles an error by its reason.
import { setTimeout as sleep } from "node:timers/promises";
import { type CallOptions, type ClientUnaryCall, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { ErrorInfo } from "./generated/google/rpc/error_details.js";
import { Status } from "./generated/google/rpc/status.js";
import { GRPCInferenceServiceClient } from "./generated/inference/grpc_service.js";
import { ModelServiceClient } from "./generated/millrace/v1/model.js";
import { PredictionServiceClient, PredictRequest, type PredictResponse } from "./generated/millrace/v1/prediction.js";
import { DataType } from "./generated/millrace/v1/types.js";

// Each call has a deadline: without one it waits as long as the server does.
const DEADLINE_MS = 5_000;
const READY_MS = 60_000;

const SETOSA = [5.1, 3.5, 1.4, 0.2];
// prettier-ignore
const ONE = [
  0, 0, 0, 15, 12, 1, 0, 0,
  0, 0, 5, 16, 16, 6, 0, 0,
  0, 0, 2, 16, 16, 3, 0, 0,
  0, 0, 2, 16, 16, 1, 0, 0,
  0, 0, 6, 16, 13, 0, 0, 0,
  0, 0, 1, 16, 16, 2, 0, 0,
  0, 0, 3, 16, 15, 3, 0, 0,
  0, 0, 0, 15, 16, 1, 0, 0,
];

const address = process.argv[2] ?? "127.0.0.1:8001";
const models = new ModelServiceClient(address, credentials.createInsecure());
const inference = new GRPCInferenceServiceClient(address, credentials.createInsecure());
const predictions = new PredictionServiceClient(address, credentials.createInsecure());

try {
  await run();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

async function run(): Promise<void> {
  await listModels();
  await waitUntilReady("iris");
  printPrediction(await predict("iris", "features", [1, 4], SETOSA));
  printPrediction(await predict("digits", "image", [1, 8, 8], ONE));
  try {
    await predict("iris", "features", [1, 3], SETOSA.slice(0, 3));
  } catch (error) {
    if (reasonOf(error) !== "TENSOR_SHAPE_MISMATCH") {
      throw error;
    }
    console.log("refused, TENSOR_SHAPE_MISMATCH:", (error as ServiceError).details);
  }
}

async function listModels(): Promise<void> {
  const response = await call(models.listModels.bind(models), { pageSize: 0, pageToken: "" });
  for (const model of response.models) {
    console.log(`${model.name}: ${model.engine || "not ready"}`);
  }
}

async function waitUntilReady(name: string): Promise<void> {
  const giveUp = Date.now() + READY_MS;
  while (!(await call(inference.modelReady.bind(inference), { name, version: "" })).ready) {
    if (Date.now() > giveUp) {
      throw new Error(`${name} was not READY within ${READY_MS / 1000} s`);
    }
    await sleep(500);
  }
  console.log(name, "is READY");
}

function predict(model: string, input: string, shape: number[], values: number[]): Promise<PredictResponse> {
  const request = PredictRequest.create({
    modelSpec: { name: model },
    inputs: [{ name: input, dtype: DataType.DT_FP32, shape: shape.map(BigInt), fp32Val: values }],
  });
  return call(predictions.predict.bind(predictions), request);
}

function printPrediction({ modelSpec, outputs }: PredictResponse): void {
  // Answers are raw little-endian bytes.
  const raw = new Map(outputs.map((output) => [output.name, output.raw]));
  const label = raw.get("label")?.readBigInt64LE();
  const bytes = raw.get("probabilities") ?? Buffer.alloc(0);
  const probabilities = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  const highest = Math.max(...probabilities).toFixed(2);
  console.log(`${modelSpec?.name} version ${modelSpec?.version}: label ${label}, probability ${highest}`);
}

// Programs go by the reason; the message is for people.
function reasonOf(error: unknown): string | undefined {
  const [bytes] = (error as Partial<ServiceError>).metadata?.get("grpc-status-details-bin") ?? [];
  const details = bytes instanceof Buffer ? Status.decode(bytes).details : [];
  const info = details.find((detail) => detail.typeUrl.endsWith("/google.rpc.ErrorInfo"));
  return info && ErrorInfo.decode(info.value).reason;
}

// What went wrong, for a person. A refusal by the server has a reason, an absent server has none.
function explain(error: unknown): string {
  const { code, details } = error as Partial<ServiceError>;
  if (code === undefined) {
    return String(error);
  }
  if (code === status.UNAVAILABLE && reasonOf(error) === undefined) {
    return `no server answers at ${address}`;
  }
  return `${status[code]}: ${details}`;
}

type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

// One call as a promise, with the deadline.
function call<Request, Response>(method: UnaryMethod<Request, Response>, request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    method(request, new Metadata(), { deadline: Date.now() + DEADLINE_MS }, (error, response) =>
      error ? reject(error) : resolve(response),
    );
  });
}
