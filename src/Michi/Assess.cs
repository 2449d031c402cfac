using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Michi.Assessment.Exchange;
using Michi.Assessment.Reports;
using Michi.Platform.Documents;
using Michi.Platform.Languages;
using Michi.Roadmap.Exchange;

namespace Michi;

/// <summary><c>michi assess</c>: from a file to a report, without server or database.</summary>
internal static class Assess
{
    private static readonly Dictionary<string, ReportFormat> Formats = new(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = ReportFormat.Html,
        [".htm"] = ReportFormat.Html,
        [".pdf"] = ReportFormat.Pdf,
        [".xlsx"] = ReportFormat.Xlsx,
        [".json"] = ReportFormat.Json,
    };

    public static Command Command()
    {
        var settings = new Settings();
        var path = new Argument<string>("path") { Description = "File with a place, or folder whose files belong together." };
        var place = new Option<string?>("--place") { Description = "Which place, by its name in addresses, where the file holds several." };
        var language = new Option<string>("--lang") { Description = "Language of the report.", DefaultValueFactory = _ => "en" };
        var output = new Option<string?>("--out") { Description = "File to write: .pdf, .html, .xlsx or .json. Without it a summary is printed." };
        var kind = new Option<ReportKind>("--kind") { Description = "The whole report, or one page.", DefaultValueFactory = _ => ReportKind.Full };
        var on = new Option<string?>("--on") { Description = "Day the ages of sources are counted from, as YYYY-MM-DD. Default: today." };
        var seed = new Option<int>("--seed") { Description = "Seed of the draws.", DefaultValueFactory = _ => 1 };
        var draws = new Option<int>("--draws") { Description = "Number of draws, 100 to 10000000.", DefaultValueFactory = _ => 10_000 };
        var isInternal = new Option<bool>("--internal") { Description = "List internal evidence too. Not for passing on." };
        var demonstration = new Option<bool>("--demonstration") { Description = "Count demonstration ratings too; the report says so." };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON: the report, or with --out what was written." };
        var command = new Command("assess", "Diagnose a place from a file and write the report. Exit codes: 0 done, 1 the file is faulty, 2 the call is, 4 no PDF could be printed.")
        {
            path, place, language, output, kind, on, seed, draws, isInternal, demonstration, json,
        };
        settings.AddTo(command);
        command.SetAction((parsed, cancel) => Host.RunAsync(async () =>
        {
            var options = settings.Read(parsed, "michi-data");
            var texts = Host.Texts(options);
            var chosen = parsed.GetValue(language)!;
            if (!texts.Languages.Contains(chosen)) throw new UsageException($"There is no language {chosen}. Possible: {string.Join(", ", texts.Languages.Order(StringComparer.Ordinal))}.");
            var words = texts.In(chosen);
            var to = parsed.GetValue(output);
            if (to is not null && !Formats.ContainsKey(Path.GetExtension(to))) throw new UsageException(words["assess.format", to]);
            var today = DateOnly.FromDateTime(TimeProvider.System.GetLocalNow().Date);
            var date = parsed.GetValue(on) is not { } text ? today
                : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : throw new UsageException(words["assess.date", text]);
            if (parsed.GetValue(draws) is < 100 or > 10_000_000) throw new UsageException(words["assess.draws", parsed.GetValue(draws)]);

            void Progress(string key, params object?[] arguments) => Console.Error.WriteLine(words[key, arguments]);

            var pack = Host.Pack(options);
            var read = new List<(string Name, PlaceFileReading Reading)>();
            foreach (var name in FilesAt(parsed.GetValue(path)!, words))
            {
                Progress("assess.reading", name);
                read.Add((name, PlaceFileBytes.Read(Import.ReadAll(name), pack, texts, chosen)));
            }
            var slugs = read.SelectMany(r => r.Reading.File?.Places ?? []).Select(p => p.Slug).ToHashSet(StringComparer.Ordinal);
            var problems = read.SelectMany(r => r.Reading.Checked(pack, slugs, today)
                .Select(p => new { File = r.Name, Where = p.Place(words), p.Code, Message = p.Sentence(words) })).ToList();
            if (problems.Count > 0)
            {
                if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(new { Problems = problems }, Output));
                else foreach (var problem in problems) Console.Error.WriteLine($"{problem.File}: {problem.Where}: {problem.Message}");
                return 1;
            }
            var file = Together(read.Select(r => r.Reading.File!));
            var slug = PlaceOf(file, parsed.GetValue(place), words);
            Progress("assess.diagnosing", slug, parsed.GetValue(draws));
            var report = FileReport.Of(file, slug, pack, texts, new(chosen, parsed.GetValue(kind), date)
            {
                Seed = parsed.GetValue(seed),
                Draws = parsed.GetValue(draws),
                WithInternal = parsed.GetValue(isInternal),
                WithDemonstration = parsed.GetValue(demonstration),
            }, cancel);
            if (to is null)
            {
                if (parsed.GetValue(json)) Console.WriteLine(System.Text.Encoding.UTF8.GetString(await report.WriteAsync(ReportFormat.Json, cancel)));
                else Console.Write(report.Text);
                return 0;
            }
            Progress("assess.writing", to);
            var bytes = await WriteAsync(report, to, words, cancel);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(new { File = Path.GetFullPath(to), Bytes = bytes, Place = slug, Language = chosen }, Output));
            else Progress("assess.done", to, bytes);
            return 0;
        }));
        return command;
    }

    private static readonly JsonSerializerOptions Output = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static async Task<int> WriteAsync(FileReport report, string to, Words words, CancellationToken cancel)
    {
        try
        {
            var bytes = await report.WriteAsync(Formats[Path.GetExtension(to)], cancel);
            await File.WriteAllBytesAsync(to, bytes, cancel);
            return bytes.Length;
        }
        catch (PdfException fault)
        {
            throw UsageException.Unprinted(fault, words);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(words["assess.cannot-write", to, fault.Message]);
        }
    }

    private static List<string> FilesAt(string path, Words words)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new UsageException(words["assess.no-file", path]);
        var files = Directory.GetFiles(path).Where(f => Path.GetExtension(f).ToLowerInvariant() is ".json" or ".xlsx" && !Path.GetFileName(f).StartsWith("~$", StringComparison.Ordinal))
            // A plan file says nothing of where the place stands.
            .Where(f => !PlanFile.IsMeant(Import.ReadAll(f))).Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new UsageException(words["assess.empty-folder", path]);
    }

    /// <summary>Several files as one; where they speak of the same place or evidence, the last holds.</summary>
    private static PlaceFile Together(IEnumerable<PlaceFile> files) => files.Aggregate((a, b) => new()
    {
        Note = b.Places.Count > 0 ? b.Note : a.Note,
        Places = [.. a.Places.ExceptBy(b.Places.Select(p => p.Slug), p => p.Slug), .. b.Places],
        Evidence = [.. a.Evidence.ExceptBy(b.Evidence.Select(e => e.Id).Where(id => id.Length > 0), e => e.Id), .. b.Evidence],
        Assessments = [.. a.Assessments, .. b.Assessments],
    });

    private static string PlaceOf(PlaceFile file, string? wanted, Words words)
    {
        var slugs = file.Places.Select(p => p.Slug).ToList();
        if (wanted is not null) return slugs.Contains(wanted) ? wanted : throw new UsageException(words["assess.unknown-place", wanted, string.Join(", ", slugs)]);
        var cities = file.Places.Where(p => p.Kind != "country").Select(p => p.Slug).ToList();
        return cities is [var only] ? only : slugs is [var country] ? country : throw new UsageException(words["assess.which-place", string.Join(", ", slugs)]);
    }
}
