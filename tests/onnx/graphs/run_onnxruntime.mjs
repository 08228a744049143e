// ONNX Runtime's outputs for the test graphs of this folder, as .npy files beside the inputs:
// GRAPH/SET.NAME.npy are the inputs of a SET ("input", ...), GRAPH/SET.expected.NAME.npy its outputs.
//
// usage: node run_onnxruntime.mjs MODULE_FOLDER [DIRECTORY] [OUTPUT_DIRECTORY]
//   MODULE_FOLDER: where `npm install --ignore-scripts onnxruntime-node` put node_modules
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const modules = path.resolve(process.argv[2]);
const directory = path.resolve(process.argv[3] ?? path.dirname(new URL(import.meta.url).pathname));
const target = path.resolve(process.argv[4] ?? directory);
const ort = createRequire(path.join(modules, 'package.json'))('onnxruntime-node');

const kinds = { '<f4': ['float32', Float32Array], '<i8': ['int64', BigInt64Array], '<i4': ['int32', Int32Array], '|b1': ['bool', Uint8Array] };

function readNpy(file) {
  const bytes = fs.readFileSync(file);
  const length = bytes.readUInt16LE(8);
  const header = bytes.subarray(10, 10 + length).toString('latin1');
  const kind = kinds[/'descr': '([^']+)'/.exec(header)[1]];
  const dims = /'shape': \(([^)]*)\)/.exec(header)[1].split(',').map((s) => s.trim()).filter((s) => s).map(Number);
  const data = Uint8Array.from(bytes.subarray(10 + length));
  return new ort.Tensor(kind[0], new kind[1](data.buffer), dims);
}

function writeNpy(file, tensor) {
  const descr = Object.keys(kinds).find((key) => kinds[key][0] === tensor.type);
  const dims = tensor.dims.join(', ') + (tensor.dims.length === 1 ? ',' : '');
  let header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims}), }`;
  header += ' '.repeat(63 - ((10 + header.length) % 64)) + '\n';
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  const { buffer, byteOffset, byteLength } = tensor.data;
  fs.writeFileSync(file, Buffer.concat([start, Buffer.from(header, 'latin1'), Buffer.from(buffer, byteOffset, byteLength)]));
}

for (const graph of fs.readdirSync(directory).sort()) {
  const folder = path.join(directory, graph);
  if (!fs.existsSync(path.join(folder, 'model.onnx'))) continue;
  const session = await ort.InferenceSession.create(path.join(folder, 'model.onnx'), { graphOptimizationLevel: 'disabled' });
  const sets = new Set(fs.readdirSync(folder).map((f) => /^([a-z]+)\.[a-z_]+\.npy$/.exec(f)?.[1]).filter((s) => s));
  for (const set of sets) {
    const feeds = {};
    for (const name of session.inputNames) feeds[name] = readNpy(path.join(folder, `${set}.${name}.npy`));
    const outputs = await session.run(feeds);
    fs.mkdirSync(path.join(target, graph), { recursive: true });
    for (const name of session.outputNames) writeNpy(path.join(target, graph, `${set}.expected.${name}.npy`), outputs[name]);
    console.log(`${graph} ${set}: ${session.outputNames.map((n) => `${n} [${outputs[n].dims}]`).join(' ')}`);
  }
}
