using System.CommandLine;
using Michi.Assessment.Exchange;

namespace Michi;

/// <summary><c>michi workbook</c>: writes a workbook to begin a survey with, empty or filled from a file. Needs no database.</summary>
internal static class Workbook
{
    public static Command Command()
    {
        var settings = new Settings();
        var file = new Argument<string?>("file") { Description = "File to fill it from: .json, .xlsx or .csv. Without one it is empty.", Arity = ArgumentArity.ZeroOrOne };
        var language = new Option<string>("--lang") { Description = "Language of the workbook.", DefaultValueFactory = _ => "en" };
        var output = new Option<string>("--out") { Description = "Workbook to write (.xlsx).", Required = true };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var command = new Command("workbook", "Write a workbook in which a survey team works offline.") { file, language, output, json };
        settings.AddTo(command);
        command.SetAction((parsed, _) => Host.RunAsync(() =>
        {
            var options = settings.Read(parsed, "michi-data");
            var (texts, pack, tag, path) = (Host.Texts(options), Host.Pack(options), parsed.GetValue(language)!, parsed.GetValue(output)!);
            if (!texts.Languages.Contains(tag)) throw new UsageException($"--lang must be one of {string.Join(", ", texts.Languages)}.");
            if (!path.EndsWith(".xlsx", StringComparison.OrdinalIgnoreCase)) throw new UsageException($"{path} must end in .xlsx.");
            var reading = parsed.GetValue(file) is { } from ? PlaceFileBytes.Read(Import.ReadAll(from), pack, texts, tag) : new(new(), []);
            if (reading.Problems.Count > 0)
            {
                Import.Tell(reading.Problems, texts.In(tag));
                return Task.FromResult(1);
            }
            Export.Write(path, stream => PlaceWorkbook.Write(stream, reading.File!, pack, texts, tag));
            Export.Told(path, reading.File!, parsed.GetValue(json), texts.In(tag));
            return Task.FromResult(0);
        }));
        return command;
    }
}
