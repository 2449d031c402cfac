using System.CommandLine;
using System.Text.Json;
using Michi.Approach;
using Michi.Platform.Languages;

namespace Michi;

/// <summary><c>michi check</c>: checks a content pack; every fault with file, line and remedy. Exit code 1 where there is any.</summary>
internal static class Check
{
    public static Command Command()
    {
        var settings = new Settings();
        var folder = new Argument<string>("folder") { Description = "Folder of the pack.", Arity = ArgumentArity.ZeroOrOne };
        var language = new Option<string>("--lang") { Description = "Language of the sentences.", DefaultValueFactory = _ => "en" };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var command = new Command("check", "Check a content pack: missing translations, unknown references, circles, weights, duplicate ids.") { folder, language, json };
        settings.AddTo(command);
        command.SetAction((parsed, _) => Host.RunAsync(() =>
        {
            var options = settings.Read(parsed, "michi-data");
            var path = parsed.GetValue(folder) ?? Path.Combine(Host.Content(options), "approach");
            if (!Directory.Exists(path)) throw new UsageException($"There is no folder {path}.");
            var reading = PackReader.Read(path);
            // The library of initiatives lies beside the shipped pack and lifts its elements.
            var library = Path.Combine(Host.Content(options), "initiatives");
            if (reading.IsSound && parsed.GetValue(folder) is null)
            {
                var initiatives = InitiativeReader.Read(library, reading.Pack!);
                reading = reading with { Problems = initiatives.IsSound ? ProcurementReader.Read(Path.Combine(Host.Content(options), "procurement"), initiatives.Library!).Problems : initiatives.Problems };
            }
            var words = Host.Texts(options).In(parsed.GetValue(language)!);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(new
                {
                    pack = reading.Pack is null ? null : new { reading.Pack.Id, reading.Pack.Version, reading.Pack.Hash, elements = reading.Pack.Elements.Count, reading.Pack.Languages },
                    problems = reading.Problems.Select(p => new { p.File, p.Line, code = p.Code.ToString(), message = Sentence(words, p) }),
                }, JsonSerializerOptions.Web));
            }
            else
            {
                foreach (var problem in reading.Problems) Console.WriteLine($"{problem.File}:{problem.Line}: {Sentence(words, problem)}");
                Console.WriteLine(reading.IsSound
                    ? words["check.sound", reading.Pack!.Id, reading.Pack.Version, reading.Pack.Domains.Count, reading.Pack.Elements.Count, string.Join(", ", reading.Pack.Languages)]
                    : words.Count("check.faults", reading.Problems.Count));
            }
            return Task.FromResult(reading.IsSound ? 0 : 1);
        }));
        return command;
    }

    private static string Sentence(Words words, PackProblem problem) => words[$"check.{problem.Code}", [.. problem.Arguments]];
}
