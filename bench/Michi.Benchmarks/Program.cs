using BenchmarkDotNet.Running;
using Michi.Benchmarks;

if (args is ["places"]) IndexBenchmarks.RunPlaces();
else BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
