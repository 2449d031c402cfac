using System.CommandLine;
using System.Text.Json;
using Michi.Assessment;
using Michi.Assessment.Exchange;
using Michi.Platform.Languages;
using Michi.Roadmap;

namespace Michi;

/// <summary><c>michi export</c>: writes everything about a place to a file, internal evidence included.</summary>
internal static class Export
{
    public static Command Command()
    {
        var settings = new Settings();
        var place = new Argument<string>("place") { Description = "The place's name in addresses, for example siem-reap." };
        var output = new Option<string>("--out") { Description = "File to write: .xlsx, .csv or .json.", Required = true };
        var language = new Option<string>("--lang") { Description = "Language of a workbook.", DefaultValueFactory = _ => "en" };
        var table = new Option<string>("--table") { Description = "For CSV: evidence, ratings or consensus.", DefaultValueFactory = _ => "evidence" };
        var withoutFiles = new Option<bool>("--without-files") { Description = "Leave attached files out of JSON." };
        var plan = new Option<bool>("--plan") { Description = "Export what the place plans with (JSON): vision, challenges, initiatives, scenarios." };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var command = new Command("export", "Export a place with its facts, evidence and the ratings of closed rounds.") { place, output, language, table, withoutFiles, plan, json };
        settings.AddTo(command);
        command.SetAction((parsed, cancel) => Host.RunAsync(async () =>
        {
            var options = settings.Read(parsed, "michi-data");
            var (texts, progress, path) = (Host.Texts(options), new ConsoleProgress(), parsed.GetValue(output)!);
            var format = Path.GetExtension(path).TrimStart('.').ToLowerInvariant();
            if (format is not ("xlsx" or "csv" or "json")) throw new UsageException($"{path} must end in .xlsx, .csv or .json.");
            if (!PlaceCsv.Tables.Contains(parsed.GetValue(table))) throw new UsageException($"--table must be one of {string.Join(", ", PlaceCsv.Tables)}.");
            await using var app = Host.Build(options);
            await Host.MigrateAsync(app.Services, cancel);
            if (parsed.GetValue(plan))
            {
                if (format != "json") throw new UsageException($"{path} must end in .json.");
                var planned = await app.Services.ExportPlanAsync(parsed.GetValue(place)!, cancel) ?? throw new UsageException($"There is no place {parsed.GetValue(place)}.");
                Write(path, stream => stream.Write(planned.Write()));
                Console.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(new { file = Path.GetFullPath(path) }, JsonSerializerOptions.Web) : texts.In(parsed.GetValue(language)!)["exchange.workbook.written", Path.GetFullPath(path)]);
                return 0;
            }
            progress.Report(0);
            PlaceFile file;
            try
            {
                file = await app.Services.ExportAsync(parsed.GetValue(place)!, format == "json" && !parsed.GetValue(withoutFiles), cancel)
                    ?? throw new UsageException($"There is no place {parsed.GetValue(place)}.");
            }
            catch (InvalidDataException fault)
            {
                throw new UsageException($"{fault.Message} Use --without-files.");
            }
            progress.Report(0.5);
            Write(path, stream =>
            {
                if (format == "json") stream.Write(PlaceFileJson.Write(file));
                else if (format == "csv") PlaceCsv.Write(stream, file, parsed.GetValue(table)!, Host.Pack(options), texts);
                else PlaceWorkbook.Write(stream, file, Host.Pack(options), texts, parsed.GetValue(language)!);
            });
            progress.Report(1);
            Told(path, file, parsed.GetValue(json), texts.In(parsed.GetValue(language)!));
            return 0;
        }));
        return command;
    }

    /// <summary>Writes a file beside its place and moves it there when it is complete, so that none is ever half-written.</summary>
    internal static void Write(string path, Action<Stream> content)
    {
        var full = Path.GetFullPath(path);
        var beside = $"{full}.{Environment.ProcessId}.part";
        try
        {
            using (var stream = File.Create(beside)) content(stream);
            File.Move(beside, full, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"Michi cannot write {full}: {fault.Message}");
        }
        finally
        {
            if (File.Exists(beside)) File.Delete(beside);
        }
    }

    internal static void Told(string path, PlaceFile file, bool asJson, Words words) => Console.WriteLine(asJson
        ? JsonSerializer.Serialize(new { file = Path.GetFullPath(path), places = file.Places.Count, evidence = file.Evidence.Count, assessments = file.Assessments.Count }, JsonSerializerOptions.Web)
        : words["exchange.workbook.written", Path.GetFullPath(path)]);
}
