using System.CommandLine;
using Michi.Analytics.Planning;
using Michi.Assessment;
using Michi.Assessment.Exchange;
using Michi.Platform;
using Michi.Platform.Documents;
using Michi.Platform.Languages;
using Michi.Roadmap;
using Michi.Roadmap.Documents;
using Michi.Roadmap.Exchange;
using Microsoft.Data.Sqlite;

namespace Michi;

/// <summary><c>michi plan</c>: from the files of a folder to a roadmap, without a server.</summary>
internal static class Plan
{
    public static Command Command()
    {
        var settings = new Settings();
        var folder = new Argument<string>("folder") { Description = "Folder with the files of a place and what it plans with (michi-plan/1)." };
        var language = new Option<string>("--lang") { Description = "Language of what is written.", DefaultValueFactory = _ => "en" };
        var output = new Option<string?>("--out") { Description = "File to write: .pdf, .html, .xlsx, .csv, .xml (MS Project), .ics or .json. Without it a summary is printed." };
        var isSummary = new Option<bool>("--summary") { Description = "Write the one page instead of the whole plan (.pdf and .html)." };
        var scenario = new Option<string?>("--scenario") { Description = "Name of the scenario, or its beginning. Default: the first." };
        var seconds = new Option<double>("--seconds") { Description = "Time to search, 1 to 3600.", DefaultValueFactory = _ => 10 };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the search.", DefaultValueFactory = _ => 1UL };
        var effort = new Option<long?>("--effort") { Description = "Search so many steps instead: the same on every machine." };
        var json = new Option<bool>("--json") { Description = "Print the plan as JSON." };
        var command = new Command("plan", "Make a roadmap from files. Exit codes: 0 done, 1 a file is faulty or no plan is possible, 2 the call is wrong, 4 no PDF could be printed.") { folder, language, output, isSummary, scenario, seconds, seed, effort, json };
        settings.AddTo(command);
        command.SetAction((parsed, cancel) => Host.RunAsync(async () =>
        {
            var options = settings.Read(parsed, "michi-data");
            var (texts, tag, to) = (Host.Texts(options), parsed.GetValue(language)!, parsed.GetValue(output));
            if (!texts.Languages.Contains(tag)) throw new UsageException($"There is no language {tag}. Possible: {string.Join(", ", texts.Languages.Order(StringComparer.Ordinal))}.");
            var words = texts.In(tag);
            var ending = Path.GetExtension(to ?? "").ToLowerInvariant();
            if (to is not null && !SolvedPlan.Endings.Contains(ending)) throw new UsageException(words["plan-report.format", to]);
            if (parsed.GetValue(seconds) is not (>= 1 and <= 3600)) throw new UsageException(words["input.range", parsed.GetValue(seconds), 1, 3600]);
            if (parsed.GetValue(effort) is < 1) throw new UsageException(words["input.range", parsed.GetValue(effort), 1, long.MaxValue]);
            var path = parsed.GetValue(folder)!;
            if (!Directory.Exists(path)) throw new UsageException(words["assess.no-file", path]);

            // A database of its own for one run: the same import and the same diagnosis as on the server, and nothing is kept.
            var own = Directory.CreateTempSubdirectory("michi-plan-").FullName;
            try
            {
                await using var app = Host.Build(new PlatformOptions { Data = own, Content = options.Content, Pack = options.Pack, Languages = options.Languages });
                await Host.MigrateAsync(app.Services, cancel);
                if (await LoadAsync(app.Services, path, options, texts, words, cancel) is not { } place) return 1;
                var (plan, faults) = await app.Services.SolvePlanAsync(place, new(tag, parsed.GetValue(scenario), parsed.GetValue(seconds), parsed.GetValue(seed), parsed.GetValue(effort)),
                    (name, count) => Console.Error.WriteLine(words["plan-report.solving", name, count]), new Told(words), cancel);
                foreach (var fault in faults) Console.Error.WriteLine($"{fault.Field}: {fault.Sentence(words)}");
                if (plan is null) return 1;
                if (to is not null && plan.IsFound)
                {
                    var bytes = await WriteAsync(plan, ending, parsed.GetValue(isSummary), words, cancel);
                    Export.Write(to, stream => stream.Write(bytes));
                    Console.Error.WriteLine(words["plan-report.written", Path.GetFullPath(to)]);
                }
                if (parsed.GetValue(json)) Console.WriteLine(System.Text.Encoding.UTF8.GetString(plan.Json));
                else if (to is null) Console.Write(plan.Text);
                return plan.IsFound ? 0 : 1;
            }
            finally
            {
                SqliteConnection.ClearAllPools();
                Directory.Delete(own, recursive: true);
            }
        }));
        return command;
    }

    private static async Task<byte[]> WriteAsync(SolvedPlan plan, string ending, bool isSummary, Words words, CancellationToken cancel)
    {
        try
        {
            return await plan.WriteAsync(ending, isSummary, cancel);
        }
        catch (PdfException fault)
        {
            throw UsageException.Unprinted(fault, words);
        }
    }

    private static async Task<string?> LoadAsync(IServiceProvider services, string folder, PlatformOptions options, UiTexts texts, Words words, CancellationToken cancel)
    {
        var pack = Host.Pack(options);
        var files = Directory.GetFiles(folder, "*.json").Select(f => (Name: f, Bytes: Import.ReadAll(f), IsCity: Path.GetFileNameWithoutExtension(f) == Path.GetFileName(Path.GetFullPath(folder).TrimEnd('/'))))
            .Select(f => (f.Name, f.Bytes, f.IsCity, IsPlan: PlanFile.IsMeant(f.Bytes))).OrderBy(f => f.IsPlan).ThenBy(f => !f.IsCity).ThenBy(f => f.Name, StringComparer.Ordinal).ToList();
        string? place = null;
        foreach (var (name, bytes, _, isPlan) in files)
        {
            IEnumerable<InputProblem> problems;
            if (isPlan)
            {
                var (file, fault) = PlanFile.Read(bytes);
                var faults = fault is not null ? [fault] : (await services.ImportPlanAsync(file!, checkOnly: false, cancel))?.Faults ?? [new("place", "unknown-place", file!.Place)];
                problems = faults.Select(f => new InputProblem(f.Field, f.Code, [.. f.Arguments.Select(a => $"{a}")]));
                place = file?.Place;
            }
            else
            {
                problems = (await services.ImportAsync(PlaceFileBytes.Read(bytes, pack, texts, words.Language), new(), progress: null, cancel)).Problems;
            }
            if (!problems.Any()) continue;
            foreach (var problem in problems) Console.Error.WriteLine($"{name}: {problem.Place(words)}: {problem.Sentence(words)}");
            return null;
        }
        if (place is null) Console.Error.WriteLine(words["plan-report.places"]);
        return place;
    }

    /// <summary>Tells of better plans as they come, once a second at most.</summary>
    private sealed class Told(Words words) : IProgress<PlanProgress>
    {
        private double _next;

        public void Report(PlanProgress value)
        {
            if (value.Time.TotalSeconds < _next) return;
            _next = value.Time.TotalSeconds + 1;
            Console.Error.WriteLine(words["plan-report.standing", value.Time.TotalSeconds.ToString("0.0", words.Culture), value.Value.ToString("N2", words.Culture), value.Bound.ToString("N2", words.Culture)]);
        }
    }
}
