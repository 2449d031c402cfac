// What the two solvers share: the model that PlanningMilp writes, and one line of JSON for each thing found.
import { readFileSync, writeSync } from "node:fs";

export const model = JSON.parse(readFileSync(process.argv[2], "utf8"));
export const seconds = Number(process.argv[3]);
export const fixed = process.argv[4];

let began, cpuBegan;
export function start() {
  began = process.hrtime.bigint();
  cpuBegan = process.cpuUsage();
}

export function tell(found) {
  const cpu = process.cpuUsage(cpuBegan);
  const line = { seconds: Number(process.hrtime.bigint() - began) / 1e9, cpu: (cpu.user + cpu.system) / 1e6, ...found };
  for (const key of ["value", "bound"]) if (!(Math.abs(line[key]) < 1e15)) delete line[key];
  writeSync(1, JSON.stringify(line) + "\n");
}

/** Start period of each option or -1, from the values of the columns. */
export const plan = (values) =>
  model.options.map(({ column, first, last }) => {
    for (let s = first; s <= last; s++) if (values[column + s - first] > 0.5) return s;
    return -1;
  });
