using System.Globalization;
using BenchmarkDotNet.Running;
using Michi.Benchmarks;
using Michi.Roadmap.Plans;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["places"]: IndexBenchmarks.RunPlaces(); break;
    case ["commands"]: await CommandBenchmark.RunAsync(); break;
    case ["pages"]: await PagesBenchmark.RunAsync(database: null, seconds: 30); break;
    case ["pages", var database]: await PagesBenchmark.RunAsync(database, seconds: 30); break;
    case ["psplib", var set, var seconds]: PsplibBenchmark.Run(set, double.Parse(seconds, CultureInfo.InvariantCulture), Environment.ProcessorCount, seed: 1); break;
    case ["psplib", var set, var seconds, var seed]: PsplibBenchmark.Run(set, double.Parse(seconds, CultureInfo.InvariantCulture), Environment.ProcessorCount, ulong.Parse(seed, CultureInfo.InvariantCulture)); break;
    case ["what-if"]: WhatIfBenchmark.Run(WhatIf.Options([]).Effort!.Value); break;
    case ["what-if", var effort]: WhatIfBenchmark.Run(long.Parse(effort, CultureInfo.InvariantCulture)); break;
    case ["planning", .. var planning]: PlanningBenchmark.Run(planning); break;
    case ["city-os"]: await CityOsBenchmark.RunAsync(100_000); break;
    case ["city-os", var entities, .. var only]: await CityOsBenchmark.RunAsync(int.Parse(entities, CultureInfo.InvariantCulture), only); break;
    case ["city-os-backup"]: await CityOsBackupBenchmark.RunAsync(100_000, database: null); break;
    case ["city-os-backup", var entities]: await CityOsBackupBenchmark.RunAsync(int.Parse(entities, CultureInfo.InvariantCulture), database: null); break;
    case ["city-os-backup", var entities, var database]: await CityOsBackupBenchmark.RunAsync(int.Parse(entities, CultureInfo.InvariantCulture), database); break;
    case ["city-os-nodes", var nodes, var database]: await CityOsNodesBenchmark.RunAsync(int.Parse(nodes, CultureInfo.InvariantCulture), database, 100_000); break;
    case ["city-os-nodes", var nodes, var database, var entities]: await CityOsNodesBenchmark.RunAsync(int.Parse(nodes, CultureInfo.InvariantCulture), database, int.Parse(entities, CultureInfo.InvariantCulture)); break;
    case ["city-os-history"]: await CityOsHistoryBenchmark.RunAsync(230, null); break;
    case ["city-os-history", var sensors]: await CityOsHistoryBenchmark.RunAsync(int.Parse(sensors, CultureInfo.InvariantCulture), null); break;
    case ["city-os-history", var sensors, var database]: await CityOsHistoryBenchmark.RunAsync(int.Parse(sensors, CultureInfo.InvariantCulture), database); break;
    case ["city-os-peers", var database]: await CityOsPeersBenchmark.RunAsync(database, 100_000); break;
    case ["city-os-peers", var database, var entities]: await CityOsPeersBenchmark.RunAsync(database, int.Parse(entities, CultureInfo.InvariantCulture)); break;
    case ["city-os-subscriptions"]: await CityOsSubscriptionsBenchmark.RunAsync(10_000, 5_000); break;
    case ["city-os-subscriptions", var subscriptions, var perSecond]: await CityOsSubscriptionsBenchmark.RunAsync(int.Parse(subscriptions, CultureInfo.InvariantCulture), int.Parse(perSecond, CultureInfo.InvariantCulture)); break;
    case ["city-os-subscriptions", var subscriptions, var perSecond, var kind]: await CityOsSubscriptionsBenchmark.RunAsync(int.Parse(subscriptions, CultureInfo.InvariantCulture), int.Parse(perSecond, CultureInfo.InvariantCulture), kind); break;
    case ["static", var port]: await CityOsBenchmark.ServeAsync(int.Parse(port, CultureInfo.InvariantCulture)); break;
    default: BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args); break;
}
