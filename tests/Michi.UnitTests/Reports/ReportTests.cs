using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Michi.Analytics.Profiles;
using Michi.Assessment.Profiles;
using Michi.Assessment.Reports;

namespace Michi.UnitTests.Reports;

public sealed partial class ReportTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_Json_SaysWhatTheDiagnosisSays(bool rated)
    {
        var subject = ReportSubject.Of(ReportScene.SiemReap, "siem-reap", ReportScene.Pack, new("en", ReportKind.Full, ReportScene.On) { WithDemonstration = rated }, Cancel);
        var of = subject.Diagnosed.Diagnosis;

        var json = JsonDocument.Parse(await ReportScene.Report(ReportScene.SiemReap, "en", withDemonstration: rated).WriteAsync(ReportFormat.Json, Cancel)).RootElement;

        Assert.Equal(of.Stage.Id, json.GetProperty("stage").GetProperty("mostProbable").GetString());
        Assert.Equal(of.StageProbabilities, Numbers(json.GetProperty("stage").GetProperty("probabilities").EnumerateArray().Select(p => p.GetProperty("probability"))));
        Assert.Equal(of.Whole, Score(json.GetProperty("whole")));
        Assert.Equal(of.Direction, json.GetProperty("position").GetProperty("direction").GetProperty("id").GetString());
        Assert.Equal(!rated, json.GetProperty("status").GetProperty("isPreliminary").GetBoolean());
        Assert.Equal(rated, json.GetProperty("status").GetProperty("isDemonstration").GetBoolean());
        foreach (var (told, element) in json.GetProperty("elements").EnumerateArray().Zip(of.Elements))
        {
            Assert.Equal(element.Levels, Numbers(told.GetProperty("levels").EnumerateArray()));
            Assert.Equal(element.Score, Score(told.GetProperty("score")));
            Assert.Equal(element.FindOut.MutualInformationBits, told.GetProperty("information").GetProperty("bits").GetDouble());
            Assert.Equal(element.Evidence.Select(e => e.Weight), Numbers(told.GetProperty("evidence").EnumerateArray().Select(e => e.GetProperty("weight"))));
        }
    }

    [Fact]
    public async Task Run_FromTheJsonsLevelsSeedAndDraws_GivesTheSameNumbers()
    {
        var json = JsonDocument.Parse(await ReportScene.Report(ReportScene.SiemReap, "ja", withDemonstration: true).WriteAsync(ReportFormat.Json, Cancel)).RootElement;
        var record = json.GetProperty("record");
        Assert.Equal(ReportScene.Pack.Hash, record.GetProperty("pack").GetProperty("hash").GetString());
        var elements = json.GetProperty("elements").EnumerateArray().ToList();
        var levels = new double[elements.Count, 5];
        for (var e = 0; e < elements.Count; e++)
            for (var l = 0; l < 5; l++) levels[e, l] = elements[e].GetProperty("levels")[l].GetDouble();

        var again = ProfileSimulation.Run(
            new(levels), Diagnosis.WeightsOf(ReportScene.Pack), Diagnosis.RuleOf(ReportScene.Pack), (ulong)record.GetProperty("seed").GetInt32(), record.GetProperty("draws").GetInt32(), Cancel);

        Assert.Equal(again.StageProbabilities, Numbers(json.GetProperty("stage").GetProperty("probabilities").EnumerateArray().Select(p => p.GetProperty("probability"))));
        Assert.Equal(again.Whole, Score(json.GetProperty("whole")));
        Assert.Equal(again.Information.Select(i => i.MutualInformationBits), Numbers(elements.Select(e => e.GetProperty("information").GetProperty("bits"))));
    }

    [Fact]
    public async Task Of_RatingsInAnotherOrderOfAssessors_GivesTheSameNumbers()
    {
        var assessment = ReportScene.SiemReap.Assessments[0];
        var turned = ReportScene.SiemReap with
        {
            Assessments = [assessment with { Rounds = [.. assessment.Rounds.Select(r => r with { Ratings = [.. r.Ratings.Select(x => x with { Assessor = 1 + ((x.Assessor + 1) % 5) })] })] }],
        };

        var one = JsonDocument.Parse(await ReportScene.Report(ReportScene.SiemReap, "en", withDemonstration: true).WriteAsync(ReportFormat.Json, Cancel)).RootElement;
        var other = JsonDocument.Parse(await ReportScene.Report(turned, "en", withDemonstration: true).WriteAsync(ReportFormat.Json, Cancel)).RootElement;

        Assert.Equal(one.GetProperty("elements").GetRawText(), other.GetProperty("elements").GetRawText());
    }

    [Fact]
    public async Task Write_Japanese_HasNoEnglishSentenceOfTheInterfaceOrThePack()
    {
        var html = (await ReportScene.Report(ReportScene.SiemReap, "ja", withDemonstration: true).TextAsync(ReportFormat.Html)).Split("</style>")[^1];
        var (english, pack) = (ReportScene.Texts.In("en"), ReportScene.Pack.Words("en"));
        var sentences = ReportScene.Texts.Keys("en").Where(k => k.StartsWith("report.", StringComparison.Ordinal)).SelectMany(k => Placeholder().Split(english[k]))
            .Concat(ReportScene.Pack.Elements.SelectMany(e => (string[])[pack.Name("elements", e.Id), pack[$"elements.{e.Id}.criterion"], .. pack.List($"elements.{e.Id}.questions"), .. pack.List($"elements.{e.Id}.lift")]))
            .Concat(ReportScene.SiemReap.Evidence.Select(e => e.Statement["en"]))
            .Where(s => s.Count(char.IsAsciiLetter) > 5 && s.Trim().Contains(' ', StringComparison.Ordinal)).Select(s => System.Net.WebUtility.HtmlEncode(s.Trim())).ToList();

        Assert.NotEmpty(sentences);
        // The names of the stages are the approach's own and stand in English in Japanese texts too.
        Assert.Equal([], sentences.Where(s => html.Contains(s, StringComparison.Ordinal)));
        Assert.Contains("シェムリアップ", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ja")]
    public async Task Write_AnyPlaceAndKind_FindsEveryText(string language)
    {
        foreach (var kind in Enum.GetValues<ReportKind>())
            foreach (var format in new[] { ReportFormat.Html, ReportFormat.Json, ReportFormat.Xlsx })
                foreach (var (file, place) in new[] { (ReportScene.SiemReap, "siem-reap"), (ReportScene.SiemReap, "cambodia"), (ReportScene.City("空", []), "town") })
                    Assert.NotEmpty(await ReportScene.Report(file, language, kind, withInternal: true, place: place).WriteAsync(format, Cancel));
    }

    [Fact]
    public async Task Write_HostileTexts_StayTexts()
    {
        const string Script = "<script>alert(1)</script>", Turned = "\u202Etxt.exe", Formula = "=HYPERLINK(\"http://x\")";
        var file = ReportScene.City(
            $"{Script} \"town\" }} @import 'x'; {Turned}",
            ReportScene.Evidence($"{Script}{Turned}", "javascript:alert(1)"), ReportScene.Evidence(Formula, "https://example.org/?a=\"><script>", "P2"), ReportScene.Evidence("مدينة ذكية", "</style>", "P3"));

        var html = await ReportScene.Report(file, "en", place: "town").TextAsync(ReportFormat.Html);

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("href=\"javascript", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;alert(1)", html, StringComparison.Ordinal);
        Assert.Contains("dir=\"auto\"", html, StringComparison.Ordinal);
        // The name of the place in the running foot is a string of the style sheet and ends neither it nor the sheet.
        var style = html[html.IndexOf("<style>", StringComparison.Ordinal)..html.IndexOf("</style>", StringComparison.Ordinal)];
        Assert.EndsWith("} }", style.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain("@import", style, StringComparison.Ordinal);

        using var workbook = new ZipArchive(new MemoryStream(await ReportScene.Report(file, "en", place: "town").WriteAsync(ReportFormat.Xlsx, Cancel)));
        var sheets = workbook.Entries.Where(e => e.FullName.StartsWith("xl/worksheets/", StringComparison.Ordinal)).Select(e => XDocument.Load(e.Open())).ToList();
        Assert.DoesNotContain(sheets, s => s.Descendants().Any(e => e.Name.LocalName == "f"));
        Assert.Contains(sheets, s => s.Descendants().Any(e => e.Name.LocalName == "t" && e.Value == Formula));
        Assert.Contains(sheets, s => s.Descendants().Any(e => e.Name.LocalName == "t" && e.Value == $"{Script}{Turned}"));
    }

    [Theory]
    [InlineData(ReportFormat.Html)]
    [InlineData(ReportFormat.Json)]
    [InlineData(ReportFormat.Xlsx)]
    public async Task Write_InternalEvidence_IsCountedButListedOnlyWhereAskedFor(ReportFormat format)
    {
        var file = ReportScene.City("Town", ReportScene.Evidence("Said in the open."), ReportScene.Evidence("Said in confidence.", "the deputy mayor", isInternal: true) with { Id = "secret-1" });

        var shown = await ReportScene.Report(file, "en", place: "town").WriteAsync(format, Cancel);
        var inside = await ReportScene.Report(file, "en", withInternal: true, place: "town").WriteAsync(format, Cancel);

        foreach (var secret in new[] { "Said in confidence.", "the deputy mayor", "secret-1" })
        {
            Assert.DoesNotContain(secret, Text(shown, format), StringComparison.Ordinal);
            Assert.Contains(secret, Text(inside, format), StringComparison.Ordinal);
        }
        Assert.Contains("Said in the open.", Text(shown, format), StringComparison.Ordinal);
        if (format != ReportFormat.Json) return;
        var p1 = JsonDocument.Parse(shown).RootElement.GetProperty("elements")[0];
        Assert.Equal(1, p1.GetProperty("evidenceNotShown").GetInt32());
        Assert.Equal(p1.GetProperty("levels").GetRawText(), JsonDocument.Parse(inside).RootElement.GetProperty("elements")[0].GetProperty("levels").GetRawText());
    }

    [Fact]
    public async Task Write_Ratings_NamesNobody()
    {
        var json = JsonDocument.Parse(await ReportScene.Report(ReportScene.SiemReap, "en", withDemonstration: true).WriteAsync(ReportFormat.Json, Cancel)).RootElement;

        Assert.Equal(5, json.GetProperty("participants").GetProperty("groups").EnumerateObject().Sum(g => g.Value.GetInt32()));
        Assert.DoesNotContain("\"assessor\"", json.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("\"group\"", json.GetRawText(), StringComparison.Ordinal);
        // The order of ratings follows what is said, so it does not tell one person's answers from element to element.
        foreach (var element in json.GetProperty("elements").EnumerateArray())
        {
            var levels = element.GetProperty("ratings").EnumerateArray().Select(r => r.TryGetProperty("level", out var level) ? level.GetInt32() : -1).ToList();
            Assert.Equal(levels.OrderDescending(), levels);
        }
    }

    private static string Text(byte[] bytes, ReportFormat format)
    {
        if (format != ReportFormat.Xlsx) return System.Net.WebUtility.HtmlDecode(System.Text.Encoding.UTF8.GetString(bytes));
        using var workbook = new ZipArchive(new MemoryStream(bytes));
        return string.Join('\n', workbook.Entries.Where(e => e.FullName.EndsWith(".xml", StringComparison.Ordinal)).Select(e => XDocument.Load(e.Open()).Root!.Value));
    }

    private static IEnumerable<double> Numbers(IEnumerable<JsonElement> values) => values.Select(v => v.GetDouble());

    private static ScoreSummary Score(JsonElement score) => new(
        score.GetProperty("mean").GetDouble(), score.GetProperty("median").GetDouble(), score.GetProperty("quantile05").GetDouble(), score.GetProperty("quantile95").GetDouble());

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Placeholder();
}
