import loadHighs from "highs";
import { model, seconds, start, tell, plan } from "./model.mjs";

const highs = await loadHighs();
const { continuous, integer } = highs.constants.variableType;
start();
const program = highs.createModel({
  numCols: model.costs.length,
  numRows: model.rowLower.length,
  sense: highs.constants.objectiveSense.maximize,
  colCost: Float64Array.from(model.costs),
  colLower: Float64Array.from(model.lower),
  colUpper: Float64Array.from(model.upper),
  rowLower: Float64Array.from(model.rowLower, (b) => b ?? -highs.infinity),
  rowUpper: Float64Array.from(model.rowUpper, (b) => b ?? highs.infinity),
  matrix: {
    format: "csr",
    numRows: model.rowLower.length,
    numCols: model.costs.length,
    starts: Int32Array.from(model.starts),
    indices: Int32Array.from(model.columns),
    values: Float64Array.from(model.coefficients),
  },
  integrality: Int32Array.from(model.isBinary, (b) => (b ? integer : continuous)),
});
program.options.set({ output_flag: process.env.MICHI_BENCH_LOG === "1", time_limit: seconds, mip_rel_gap: 1e-6 });
const { mipImprovingSolution, mipLogging, mipInterrupt } = highs.constants.callbackType;
let last = 0;
program.run({
  [mipImprovingSolution](event) {
    tell({ value: event.data.objective_function_value, bound: event.data.mip_dual_bound, plan: plan(event.data.mip_solution) });
  },
  [mipLogging](event) {
    tell({ bound: event.data.mip_dual_bound });
  },
  [mipInterrupt](event) {
    if (event.data.running_time < last + 0.1) return;
    last = event.data.running_time;
    tell({ bound: event.data.mip_dual_bound });
  },
});
tell({ bound: program.info.get("mip_dual_bound"), ended: true });
