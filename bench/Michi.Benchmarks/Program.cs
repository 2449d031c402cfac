using System.Globalization;
using BenchmarkDotNet.Running;
using Michi.Benchmarks;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["places"]: IndexBenchmarks.RunPlaces(); break;
    case ["commands"]: await CommandBenchmark.RunAsync(); break;
    case ["pages"]: await PagesBenchmark.RunAsync(database: null, seconds: 30); break;
    case ["pages", var database]: await PagesBenchmark.RunAsync(database, seconds: 30); break;
    default: BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args); break;
}
