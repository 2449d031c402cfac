using System.CommandLine;
using System.Text.Json;
using Michi.Assessment;
using Michi.Assessment.Exchange;
using Michi.Platform.Languages;
using Michi.Roadmap;
using Michi.Roadmap.Exchange;

namespace Michi;

/// <summary><c>michi import</c>: imports a file into the database, as a whole or not at all. Exit code 1 where it is faulty.</summary>
internal static class Import
{
    public static Command Command()
    {
        var settings = new Settings();
        var file = new Argument<string>("file") { Description = "File to import: .xlsx, .csv or .json." };
        var language = new Option<string>("--lang") { Description = "Language of the sentences.", DefaultValueFactory = _ => "en" };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var check = new Option<bool>("--check") { Description = "Only check the file and tell what an import would do." };
        var isPublic = new Option<bool>("--public") { Description = "Anyone may see the places it adds." };
        var command = new Command("import", "Import places, evidence and ratings, or what a place plans with, from a file.") { file, language, json, check, isPublic };
        settings.AddTo(command);
        command.SetAction((parsed, cancel) => Host.RunAsync(async () =>
        {
            var options = settings.Read(parsed, "michi-data");
            var path = parsed.GetValue(file)!;
            var bytes = ReadAll(path);
            await using var app = Host.Build(options);
            await Host.MigrateAsync(app.Services, cancel);
            var texts = Host.Texts(options);
            var words = texts.In(parsed.GetValue(language)!);
            if (PlanFile.IsMeant(bytes)) return await PlanAsync(app.Services, bytes, parsed.GetValue(check), parsed.GetValue(json), words, cancel);
            var reading = PlaceFileBytes.Read(bytes, Host.Pack(options), texts, words.Language);
            var rules = new ImportRules { IsPublic = parsed.GetValue(isPublic), CheckOnly = parsed.GetValue(check) };
            var imported = await app.Services.ImportAsync(reading, rules, new ConsoleProgress(), cancel);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(ForPrograms(imported, words), JsonSerializerOptions.Web));
            else if (imported.Problems.Count > 0) Tell(imported.Problems, words);
            else Console.WriteLine(words[rules.CheckOnly ? "exchange.import.sound" : "exchange.import.done", imported.Counts(words)]);
            return imported.Problems.Count > 0 ? 1 : 0;
        }));
        return command;
    }

    private static async Task<int> PlanAsync(IServiceProvider services, byte[] bytes, bool checkOnly, bool asJson, Words words, CancellationToken cancel)
    {
        var (file, fault) = PlanFile.Read(bytes);
        var imported = fault is not null ? new(0, 0, 0, [fault])
            : await services.ImportPlanAsync(file!, checkOnly, cancel) ?? new(0, 0, 0, [new("place", "unknown-place", file!.Place)]);
        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                imported.Added,
                imported.Changed,
                imported.Same,
                problems = imported.Faults.Select(f => new { Where = f.Field, f.Code, message = f.Sentence(words) }),
            }, JsonSerializerOptions.Web));
        }
        else if (imported.Faults.Count > 0) Tell(imported.Faults.Select(f => new InputProblem(f.Field, f.Code, [.. f.Arguments.Select(a => $"{a}")])), words);
        else Console.WriteLine(words[checkOnly ? "exchange.import.sound" : "exchange.import.done", imported.Counts(words)]);
        return imported.Faults.Count > 0 ? 1 : 0;
    }

    /// <summary>The bytes of a file that somebody named.</summary>
    internal static byte[] ReadAll(string path)
    {
        if (!File.Exists(path)) throw new UsageException($"There is no file {path}.");
        if (new FileInfo(path).Length > PlaceFileJson.MaxBytes) throw new UsageException($"{path} is larger than {PlaceFileJson.MaxBytes / 1_000_000} MB.");
        return File.ReadAllBytes(path);
    }

    internal static void Tell(IEnumerable<InputProblem> problems, Words words)
    {
        foreach (var problem in problems) Console.WriteLine($"{problem.Place(words)}: {problem.Sentence(words)}");
    }

    private static object ForPrograms(Imported imported, Words words) => new
    {
        imported.PlacesAdded,
        imported.PlacesChanged,
        imported.FactsAdded,
        imported.EvidenceAdded,
        imported.EvidenceChanged,
        imported.EvidenceSame,
        imported.AssessmentsAdded,
        problems = imported.Problems.Select(p => new { p.Where, p.Code, message = p.Sentence(words) }),
    };
}
