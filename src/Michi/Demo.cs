using System.CommandLine;
using Michi.Assessment;
using Michi.Assessment.Exchange;
using Michi.CityOs;
using Michi.Platform;
using Michi.Roadmap;
using Michi.Roadmap.Exchange;

namespace Michi;

/// <summary><c>michi demo</c>: shows a real city, Siem Reap, on this machine.</summary>
internal static class Demo
{
    public static Command Command()
    {
        var settings = new Settings();
        var command = new Command("demo", "Show a real city on this machine, with demonstration sign-ins.");
        settings.AddTo(command);
        command.SetAction((parsed, cancel) => Host.RunAsync(async () =>
        {
            var options = settings.Read(parsed, "michi-demo");
            options.IsDemonstration = true;
            await using var app = Host.Build(options);
            await Host.MigrateAsync(app.Services, cancel);
            await LoadSamplesAsync(app.Services, cancel);
            var signIns = await app.Services.DemonstrationAccountsAsync(cancel);
            await Host.StartAsync(app, options, cancel);
            Console.WriteLine($"Michi shows Siem Reap at {Host.Address(options)}");
            Console.WriteLine();
            Console.WriteLine("Demonstration sign-ins (new passwords at every start):");
            foreach (var (email, password, role) in signIns) Console.WriteLine($"  {role,-12} {email,-28} {password}");
            Console.WriteLine();
            Console.WriteLine($"Data: {Path.GetFullPath(options.Data)}. Stop with Ctrl+C.");
            try
            {
                // Beside the first looks at the page: nobody waits for it.
                if (await app.Services.LoadDemonstrationCityAsync("siem-reap", app.Lifetime.ApplicationStopping) is var entities and > 0)
                    Console.WriteLine($"The City OS has {entities} made-up entities with four weeks of history: tab Run, City OS.");
                await app.Services.AdoptDemonstrationPlanAsync("siem-reap", app.Lifetime.ApplicationStopping);
            }
            catch (OperationCanceledException)
            {
                // Stopped before it was done; the next start makes it.
            }
            await app.WaitForShutdownAsync(cancel);
            return 0;
        }));
        return command;
    }

    /// <summary>Imports the sample cities; those that are there already stay as they are.</summary>
    public static async Task LoadSamplesAsync(IServiceProvider services, CancellationToken cancel)
    {
        // A city's own file is named like its folder and comes first; what else lies there builds on it.
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "samples"), "*.json", SearchOption.AllDirectories)
            .OrderBy(f => Path.GetFileNameWithoutExtension(f) != Path.GetFileName(Path.GetDirectoryName(f))).ThenBy(f => f, StringComparer.Ordinal))
        {
            var bytes = await File.ReadAllBytesAsync(file, cancel);
            if (PlanFile.IsMeant(bytes)) { await LoadPlanAsync(services, file, bytes, cancel); continue; }
            var imported = await services.ImportAsync(PlaceFileJson.Read(bytes), new() { IsPublic = true }, progress: null, cancel);
            if (imported.Problems.Count > 0) throw new UsageException($"The sample {file} is faulty: {imported.Problems[0].Where} {imported.Problems[0].Code}");
        }
    }

    private static async Task LoadPlanAsync(IServiceProvider services, string name, byte[] bytes, CancellationToken cancel)
    {
        var (file, fault) = PlanFile.Read(bytes);
        var faults = fault is not null ? [fault] : (await services.ImportPlanAsync(file!, checkOnly: false, cancel))?.Faults ?? [new("place", "unknown-place", file!.Place)];
        if (faults.Count > 0) throw new UsageException($"The sample {name} is faulty: {faults[0].Field} {faults[0].Code}");
    }
}
