using System.CommandLine;
using System.Text.Json;
using Michi.Assessment;
using Michi.Assessment.Exchange;
using Michi.Platform.Languages;

namespace Michi;

/// <summary><c>michi import</c>: imports a file into the database, as a whole or not at all.</summary>
internal static class Import
{
    public static Command Command()
    {
        var settings = new Settings();
        var file = new Argument<string>("file") { Description = "File to import." };
        var language = new Option<string>("--lang") { Description = "Language of the sentences.", DefaultValueFactory = _ => "en" };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var isPublic = new Option<bool>("--public") { Description = "Anyone may see the places it adds." };
        var command = new Command("import", "Import places, evidence and ratings from a file.") { file, language, json, isPublic };
        settings.AddTo(command);
        command.SetAction((parsed, cancel) => Host.RunAsync(async () =>
        {
            var options = settings.Read(parsed, "michi-data");
            var path = parsed.GetValue(file)!;
            if (!File.Exists(path)) throw new UsageException($"There is no file {path}.");
            await using var app = Host.Build(options);
            await Host.MigrateAsync(app.Services, cancel);
            var reading = PlaceFileJson.Read(await File.ReadAllBytesAsync(path, cancel));
            var progress = new Progress<double>(done => Console.Error.Write($"\r{done:P0} "));
            var imported = await app.Services.ImportAsync(reading, new() { IsPublic = parsed.GetValue(isPublic) }, progress, cancel);
            var words = Host.Texts(options).In(parsed.GetValue(language)!);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(imported, JsonSerializerOptions.Web));
            else if (imported.Problems.Count > 0) foreach (var problem in imported.Problems) Console.WriteLine($"{problem.Where}: {Sentence(words, problem)}");
            else Console.WriteLine(words["import.done", imported.PlacesAdded, imported.FactsAdded, imported.EvidenceAdded, imported.EvidenceChanged, imported.EvidenceSame]);
            return imported.Problems.Count > 0 ? 1 : 0;
        }));
        return command;
    }

    internal static string Sentence(Words words, InputProblem problem) => words[$"input.{problem.Code}", [.. problem.Arguments]];
}
