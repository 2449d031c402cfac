using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Validation;
using Michi.Assessment.Exchange;

namespace Michi.UnitTests.Exchange;

public sealed class PlaceWorkbookTests
{
    private static byte[] Written(PlaceFile file, string language)
    {
        using var stream = new MemoryStream();
        PlaceWorkbook.Write(stream, file, ExchangeSamples.Pack, ExchangeSamples.Texts, language);
        return stream.ToArray();
    }

    [Fact]
    public void Write_AnyFile_IsReadBackTheSameInEitherLanguage()
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var file = ExchangeSamples.Random(seed);
            Assert.Empty(PlaceFileCheck.Problems(file, ExchangeSamples.Pack, new HashSet<string>(), ExchangeSamples.Today).Select(p => $"{seed} {p.Where} {p.Code}"));

            var reading = PlaceFileBytes.Read(Written(file, seed % 2 == 0 ? "en" : "ja"), ExchangeSamples.Pack, ExchangeSamples.Texts, "en");

            Assert.Empty(reading.Problems.Select(p => $"{seed} {p.Where} {p.Sentence(ExchangeSamples.Texts.In("en"))}"));
            Assert.Equal(ExchangeSamples.Canonical(file), ExchangeSamples.Canonical(PlaceFileJson.Read(PlaceFileJson.Write(reading.File!)).File!));
        }
    }

    [Fact]
    public void WriteCsv_AnyFile_IsReadBackTheSame()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var file = ExchangeSamples.Random(seed);
            PlaceFile Read(string table, string? language)
            {
                using var stream = new MemoryStream();
                PlaceCsv.Write(stream, file, table, ExchangeSamples.Pack, ExchangeSamples.Texts, language);
                var reading = PlaceFileBytes.Read(stream.ToArray(), ExchangeSamples.Pack, ExchangeSamples.Texts, "en");
                Assert.Empty(reading.Problems.Select(p => $"{seed} {p.Where} {p.Sentence(ExchangeSamples.Texts.In("en"))}"));
                return reading.File!;
            }
            foreach (var language in new[] { null, "en", "ja" })
            {
                var (evidence, ratings, consensus) = (Read("evidence", language), Read("ratings", language), Read("consensus", language));
                var none = new PlaceFile();
                Assert.Equal(ExchangeSamples.Canonical(none with { Evidence = file.Evidence }), ExchangeSamples.Canonical(evidence));
                Assert.Equal(ExchangeSamples.Canonical(none with { Assessments = [.. file.Assessments.Select(a => a with { Consensus = [] })] }), ExchangeSamples.Canonical(ratings));
                Assert.Equal(ExchangeSamples.Canonical(none with { Assessments = [.. file.Assessments.Where(a => a.Consensus.Count > 0).Select(a => a with { Rounds = [] })] }), ExchangeSamples.Canonical(consensus));
            }
        }
    }

    [Theory, InlineData("en"), InlineData("ja")]
    public void Write_EmptyFile_IsAValidWorkbookInTheLanguage(string language)
    {
        using var stream = new MemoryStream(Written(new(), language));
        using var file = SpreadsheetDocument.Open(stream, false);

        Assert.Empty(new OpenXmlValidator(DocumentFormat.OpenXml.FileFormatVersions.Office2019).Validate(file, TestContext.Current.CancellationToken).Select(e => $"{e.Path?.XPath}: {e.Description}"));
        var names = file.WorkbookPart!.Workbook.Sheets!.Elements<DocumentFormat.OpenXml.Spreadsheet.Sheet>().Select(s => s.Name!.Value!).ToList();
        Assert.Equal(language == "en"
            ? ["Guide", "Places", "Facts", "Policy", "Organization", "System", "Technology", "Operation", "Evidence", "Ratings", "Consensus", "Lists"]
            : ["手引き", "対象地", "事実", "政策", "組織", "システム", "技術", "運用", "根拠", "評価", "合意", "Lists"], names);
        Assert.Empty(PlaceFileBytes.Read(stream.ToArray(), ExchangeSamples.Pack, ExchangeSamples.Texts, language).Problems);
    }
}
