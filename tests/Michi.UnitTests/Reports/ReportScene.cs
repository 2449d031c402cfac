using Michi.Approach;
using Michi.Assessment.Exchange;
using Michi.Assessment.Reports;
using Michi.Platform.Languages;

namespace Michi.UnitTests.Reports;

/// <summary>The shipped pack, texts and samples, and a small city of our own, for tests of the report.</summary>
internal static class ReportScene
{
    public static readonly DateOnly On = new(2026, 11, 22);

    public static ContentPack Pack { get; } = PackReader.Read(Path.Combine(ProjectFolder.Path, "content", "approach")).Pack!;

    public static UiTexts Texts { get; } = new(Path.Combine(ProjectFolder.Path, "content", "ui"));

    /// <summary>Siem Reap with its evidence, and the demonstration ratings beside it.</summary>
    public static PlaceFile SiemReap { get; } = Sample("siem-reap.json") with { Assessments = Sample("demonstration-round.json").Assessments };

    public static FileReport Report(PlaceFile file, string language, ReportKind kind = ReportKind.Full, bool withInternal = false, bool withDemonstration = false, string place = "siem-reap") =>
        FileReport.Of(file, place, Pack, Texts, new(language, kind, On) { WithInternal = withInternal, WithDemonstration = withDemonstration }, TestContext.Current.CancellationToken);

    public static async Task<string> TextAsync(this FileReport report, ReportFormat format) =>
        System.Text.Encoding.UTF8.GetString(await report.WriteAsync(format, TestContext.Current.CancellationToken));

    /// <summary>A city with one piece of evidence about each of some elements.</summary>
    public static PlaceFile City(string name, params FileEvidence[] evidence) => new()
    {
        Places =
        [
            new() { Slug = "land", Kind = "country", Names = new() { ["en"] = "Land" } },
            new() { Slug = "town", Kind = "city", Parent = "land", Names = new() { ["en"] = name } },
        ],
        Evidence = [.. evidence.Select((e, i) => e with { Id = e.Id.Length > 0 ? e.Id : $"e{i}" })],
    };

    public static FileEvidence Evidence(string statement, string source = "https://example.org/plan", string element = "P1", bool isInternal = false, string place = "town") => new()
    {
        Place = place,
        Kind = "document",
        Quality = "high",
        Date = "2025",
        Elements = new() { [element] = "supports" },
        Statement = new() { ["en"] = statement },
        Source = source,
        Internal = isInternal,
    };

    private static PlaceFile Sample(string name) => PlaceFileJson.Read(File.ReadAllBytes(Path.Combine(ProjectFolder.Path, "samples", "siem-reap", name))).File!;
}
