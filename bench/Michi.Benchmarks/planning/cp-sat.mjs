import { CpSat } from "or-tools-wasm/cp-sat";
import { model, seconds, start, tell, plan } from "./model.mjs";

const Scale = 10000; // whole coefficients of the objective
await CpSat.loadModule();
start();
const big = 9007199254740991;
const constraints = model.rowLower.map((lower, row) => {
  const [from, to] = [model.starts[row], model.starts[row + 1]];
  return {
    linear: {
      vars: model.columns.slice(from, to),
      coeffs: model.coefficients.slice(from, to).map((c) => Math.round(c)),
      domain: [lower ?? -big, model.rowUpper[row] ?? big],
    },
  };
});
const proto = await CpSat.createModel({
  variables: model.costs.map((_, j) => ({ domain: [model.lower[j], model.upper[j]] })),
  constraints,
  objective: { vars: model.costs.map((_, j) => j), coeffs: model.costs.map((c) => Math.round(-c * Scale)), scalingFactor: -1 / Scale },
});
const { response } = await CpSat.solve(
  proto,
  { maxTimeInSeconds: seconds, numWorkers: 1, logSearchProgress: process.env.MICHI_BENCH_LOG === "1" },
  {
    onSolution: (r) => tell({ value: r.objectiveValue, bound: r.bestObjectiveBound, plan: plan(r.solution.map(Number)) }),
    onBestBound: (bound) => tell({ bound }),
    onLog: process.env.MICHI_BENCH_LOG === "1" ? (m) => process.stderr.write(m) : undefined,
  },
);
tell({ bound: response?.bestObjectiveBound, ended: true });
process.exit(0);
