using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Michi.Platform.Charts;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Michi.UnitTests.Charts;

public sealed partial class ChartTests
{
    private const string Hostile = "<script>alert('x')</script>\"&]]>";
    private const string Khmer = "ចក្ខុវិស័យ​និង​ទស្សនវិជ្ជា​របស់​ទីក្រុង​សៀមរាប";
    private const string Arabic = "الرؤية والفلسفة للمدينة الذكية";
    private const string Unknown = "nobody looked";

    private static readonly string[] Domains = ["policy", "organization", "system", "technology", "operation"];

    private static readonly Dictionary<string, Func<int, string, CultureInfo, Task<string>>> Charts = new()
    {
        ["RadarChart"] = (count, label, culture) => Render<RadarChart>(culture,
            ("Axes", Items(count, (i, value) => new RadarAxis($"P{i}", label, value, value - 0.5, value + 0.5, Domain(i, count)))),
            ("MedianText", label), ("IntervalText", label), ("UnknownText", Unknown)),
        ["IntervalBars"] = (count, label, culture) => Render<IntervalBars>(culture,
            ("Bars", Items(count, (i, value) => new IntervalBar(label, value, value - 0.5, value + 0.5, Domain(i, count), 2, "/x?a=1&b=2"))),
            ("ThresholdText", label), ("LabelHeading", label), ("UnknownText", Unknown)),
        ["ChangeBars"] = (count, label, culture) => Render<ChangeBars>(culture,
            ("Bars", Items(count, (i, value) => new ChangeBar(label, new(value, value - 0.5, value + 0.5), i % 3 == 0 ? new(double.NaN, 0, 0) : new(4 - value, 1, 3), Domain(i, count), "/x?a=1&b=2"))),
            ("BeforeText", label), ("AfterText", label), ("LegendText", label), ("LabelHeading", label), ("UnknownText", Unknown)),
        ["LevelDistribution"] = (count, label, culture) => Render<LevelDistribution>(culture,
            ("Probabilities", Items(count, (_, _) => 1.0 / count)), ("UnknownText", Unknown)),
        ["StageBar"] = (count, label, culture) => Render<StageBar>(culture,
            ("Stages", Items(count, (i, value) => new StageShare(label, double.IsNaN(value) ? value : 1.0 / count))),
            ("MostLikelyText", label), ("UnknownText", Unknown)),
        ["HeatMap"] = (count, label, culture) => Render<HeatMap>(culture,
            ("Columns", Items(21, (i, _) => new HeatColumn($"P{i}", label, label, Domain(i, 21), "/e"))),
            ("Rows", Items(count, (i, value) => new HeatRow(label, [value, null, 3.2], "/c"))), ("RowHeading", label), ("UnknownText", Unknown)),
        ["Sparkline"] = (count, label, culture) => Render<Sparkline>(null,
            ("Values", Items(count, (_, value) => value)), ("Low", Items(count, (_, value) => value - 1)),
            ("High", Items(count, (_, value) => value + 1)), ("Description", label)),
        ["RankIntervals"] = (count, label, culture) => Render<RankIntervals>(culture,
            ("Ranks", Items(count, (i, value) => new RankInterval(label, double.IsNaN(value) ? value : i + 1, i, i + 2, "/c"))),
            ("UnknownText", Unknown)),
        ["SensitivityBars"] = (count, label, culture) => Render<SensitivityBars>(culture,
            ("Bars", Items(count, (i, value) => new SensitivityBar(label, new(value / 8, -0.01, 0.3), new(value / 7, 0, 0.4), Domain(i, count)))),
            ("FirstText", label), ("TotalText", label), ("IntervalText", label), ("UnknownText", Unknown)),
        ["DotDistribution"] = (count, label, culture) => Render<DotDistribution>(culture,
            ("Ratings", Items(count, (i, _) => i % 7 == 6 ? (int?)null : i % 5)), ("LevelNames", new[] { label, label, label, label, label }),
            ("UnknownText", Unknown)),
        ["FlowChart"] = (count, label, _) => Render<FlowChart>(null,
            ("Columns", Enumerable.Range(0, 5).Select(c => new FlowColumn(label, Items(count, (i, _) => new FlowNode($"{c}-{i}", label, [$"{c + 1}-{i}", $"{c}-{i / 2}", "gone"])))).ToList())),
    };

    public static TheoryData<string> Names => [.. Charts.Keys];

    public static TheoryData<string, int, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, string>();
            foreach (var chart in Charts.Keys)
            {
                foreach (var count in new[] { 0, 1, 2, 21, 1000 })
                    cases.Add(chart, count, Hostile);
                foreach (var label in new[] { "", Khmer, Arabic, "ビジョン・コンセプトの共有・PR", new string('x', 400) })
                    cases.Add(chart, 21, label);
            }
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task Render_AnyItems_IsWellFormedNamedAndFreeOfStyle(string chart, int count, string label)
    {
        var html = await Charts[chart](count, label, CultureInfo.GetCultureInfo("en-GB"));

        var root = XDocument.Parse($"<root>{html}</root>").Root!;
        Assert.DoesNotContain(root.Descendants(), element => element.Name.LocalName is "script" or "style");
        Assert.DoesNotContain(root.Descendants().Attributes(), attribute => attribute.Name.LocalName is "style" or "onload" or "id");
        foreach (var image in root.Descendants("svg").Where(svg => (string?)svg.Attribute("role") == "img"))
            Assert.False(string.IsNullOrWhiteSpace(image.Element("title")?.Value), "An image has no title.");
        // A nested svg only places what it holds; every outermost one is an image with a name, or hidden.
        Assert.All(root.Descendants("svg").Where(svg => svg.Ancestors("svg").FirstOrDefault() is null),
            svg => Assert.True((string?)svg.Attribute("role") == "img" || (string?)svg.Attribute("aria-hidden") == "true"));
        Assert.Contains("The title", root.Descendants().Where(element => element.Name.LocalName is "title" or "caption").Select(title => title.Value));
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Render_SomethingUnknown_SaysSoAndNeverWritesNaN(string chart)
    {
        var html = await Charts[chart](21, "Trust", CultureInfo.GetCultureInfo("en-GB"));

        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", html, StringComparison.Ordinal);
        if (chart is not ("Sparkline" or "LevelDistribution" or "FlowChart"))
            Assert.Contains(Unknown, html, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Render_CultureWithDecimalComma_KeepsGeometryInvariant(string chart)
    {
        var french = await Charts[chart](21, "Confiance", CultureInfo.GetCultureInfo("fr-FR"));
        var english = await Charts[chart](21, "Confiance", CultureInfo.GetCultureInfo("en-GB"));

        Assert.Equal(Geometry(english), Geometry(french));
    }

    [Fact]
    public async Task Render_Culture_WritesItsNumbers()
    {
        var html = await Charts["IntervalBars"](1, "Confiance", CultureInfo.GetCultureInfo("fr-FR"));

        Assert.Contains("1,0 (0,5–1,5)", WebUtility.HtmlDecode(html), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LevelDistribution_NobodyLooked_IsHatchedAndSaysSo()
    {
        foreach (var none in new double[]?[] { null, [], [0, 0, 0, 0, 0], [double.NaN, 0, 0, 0, 1] })
        {
            var svg = XElement.Parse(await Render<LevelDistribution>(null, ("Probabilities", none), ("UnknownText", Unknown)));

            Assert.Contains("hatched", (string?)svg.Attribute("class"), StringComparison.Ordinal);
            Assert.Equal(Unknown, svg.Element("desc")?.Value);
            Assert.Empty(svg.Elements("rect"));
        }
    }

    [Fact]
    public async Task LevelDistribution_Known_MarksTheLikeliestLevel()
    {
        var svg = XElement.Parse(await Render<LevelDistribution>(null, ("Probabilities", new[] { 0.1, 0.2, 0.6, 0.1, 0 }), ("UnknownText", Unknown)));

        Assert.Equal("column mode", (string?)svg.Elements("rect").ElementAt(2).Attribute("class"));
        Assert.Single(svg.Elements("rect"), rect => (string?)rect.Attribute("class") == "column mode");
    }

    [Fact]
    public async Task FlowChart_ArrowsForwardBackAndToNowhere_AreDrawnOnceAndRead()
    {
        var chart = XElement.Parse(await Render<FlowChart>(null, ("Columns", new FlowColumn[]
        {
            new("First", [new("a", "Trucks", ["b", "b", "c"])]), new("Empty", []), new("Second", [new("b", "Sorting", ["a", "gone"]), new("c", "Composting", ["b", "c"])]),
        })));

        Assert.Equal("Trucks → Sorting; Trucks → Composting; Sorting → Trucks; Composting → Sorting", chart.Descendants("desc").Single().Value);
        Assert.Equal(4, chart.Descendants("path").Count());
        Assert.Equal(["First", "Second"], chart.Descendants("text").Where(t => (string?)t.Attribute("class") == "heading").Select(t => t.Value));
        // Boxes of a column do not overlap.
        foreach (var column in chart.Descendants("rect").GroupBy(r => (string?)r.Attribute("x")))
        {
            var boxes = column.Select(r => (Y: (double)r.Attribute("y")!, Height: (double)r.Attribute("height")!)).OrderBy(b => b.Y).ToList();
            Assert.All(boxes.Zip(boxes.Skip(1)), pair => Assert.True(pair.First.Y + pair.First.Height < pair.Second.Y));
        }
    }

    [Fact]
    public async Task HeatMap_ZeroAndUnknown_LookDifferent()
    {
        var table = XElement.Parse(await Render<HeatMap>(null, ("Columns", new HeatColumn[] { new("P1"), new("P2") }),
            ("Rows", new HeatRow[] { new("Siem Reap", [0.0, null]) }), ("UnknownText", Unknown)));

        var cells = table.Descendants("tbody").Descendants("td").ToList();
        Assert.Equal(["level-0", "level-unknown"], cells.Select(cell => (string?)cell.Attribute("class")));
        Assert.Equal("0.0", cells[0].Value);
        Assert.Contains(Unknown, cells[1].Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RadarChart_UnknownAxis_LeavesAGapInTheLine()
    {
        static RadarAxis Axis(int i, double median) => new($"P{i}", "x", median, median - 1, median + 1);
        var whole = await Radar([.. Enumerable.Range(0, 6).Select(i => Axis(i, 2))]);
        var gap = await Radar([.. Enumerable.Range(0, 6).Select(i => Axis(i, i is 2 or 4 ? double.NaN : 2))]);

        Assert.Matches("^M[^M]*Z$", Path(whole, "median"));
        Assert.Equal(2, Path(gap, "median").Count(letter => letter == 'M'));
        Assert.DoesNotContain('Z', Path(gap, "median"));
        Assert.Equal(2, gap.Descendants("g").Count(group => (string?)group.Attribute("class") == "unknown"));

        static string Path(XElement chart, string kind) =>
            (string)chart.Descendants("path").Single(path => (string?)path.Attribute("class") == kind).Attribute("d")!;
    }

    [Fact]
    public async Task RadarChart_InnerInterval_IsDrawnAndExplainedWhereItIsNamed()
    {
        RadarAxis[] axes = [.. Enumerable.Range(0, 6).Select(i => new RadarAxis($"P{i}", "x", 2, 0, 4, null, null, 1, 3))];
        var plain = await Radar(axes);
        var chart = XElement.Parse(await Render<RadarChart>(CultureInfo.InvariantCulture, ("Axes", axes), ("UnknownText", Unknown), ("InnerText", "the inner half")));

        Assert.Empty(Inner(plain));
        Assert.Equal("path", Inner(chart)[0].Name.LocalName);
        Assert.DoesNotContain("NaN", (string)Inner(chart)[0].Attribute("d")!, StringComparison.Ordinal);
        Assert.Contains("the inner half", chart.Descendants("p").Single(p => (string?)p.Attribute("class") == "legend").Value, StringComparison.Ordinal);

        static List<XElement> Inner(XElement chart) => [.. chart.Descendants().Where(e => (string?)e.Attribute("class") == "band inner")];
    }

    [Theory, InlineData("Strengthening Collaboration and Partnerships"), InlineData("ビジョン・コンセプトの共有・PR"), InlineData(Khmer)]
    public async Task RadarChart_21LongNames_DoNotOverlap(string label)
    {
        var chart = await Radar([.. Enumerable.Range(0, 21).Select(i => new RadarAxis($"P{i}", label, 2, 1, 3))]);

        var names = chart.Descendants("g").Single(group => (string?)group.Attribute("class") == "names").Descendants("text").ToList();
        Assert.NotEmpty(names);
        foreach (var column in names.GroupBy(name => (string?)name.Attribute("x")))
        {
            var lines = column.Select(name => double.Parse((string)name.Attribute("y")!, CultureInfo.InvariantCulture)).Order().ToList();
            Assert.All(lines.Zip(lines.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 13.9, $"{pair.First} and {pair.Second} touch."));
            Assert.True(lines[0] > -215 && lines[^1] < 195, "Names leave the chart.");
        }
    }

    [Fact]
    public async Task RadarChart_JapaneseNames_NeverBeginALineWithAMarkOrLongVowel()
    {
        var chart = await Radar([new("T2", "都市基盤システムアアアー・プラットフォーム", 2, 1, 3), new("P6", "ビジョン・コンセプトの共有・PR", 2, 1, 3)]);

        var lines = chart.Descendants("g").Single(group => (string?)group.Attribute("class") == "names").Descendants("text").Select(text => text.Value).ToList();
        Assert.True(lines.Count > 2);
        Assert.All(lines, line => Assert.DoesNotContain(line[0], "・ーャュョッ"));
    }

    [Fact]
    public async Task RankIntervals_Ticks_StayFewAndReachBothEnds()
    {
        foreach (var count in new[] { 2, 3, 6, 7, 40, 999, 1000 })
        {
            var table = XElement.Parse(await Render<RankIntervals>(null, ("Count", count), ("UnknownText", Unknown)));
            var ticks = table.Descendants("text").Select(text => int.Parse(text.Value, CultureInfo.InvariantCulture)).ToList();

            Assert.Equal(1, ticks[0]);
            Assert.Equal(count, ticks[^1]);
            Assert.True(ticks.Count <= 7, $"{count}: {string.Join(' ', ticks)}");
            Assert.Equal(ticks.Distinct().Order(), ticks);
        }
    }

    private static async Task<XElement> Radar(IReadOnlyList<RadarAxis> axes) =>
        XElement.Parse(await Render<RadarChart>(CultureInfo.InvariantCulture, ("Axes", axes), ("UnknownText", Unknown)));

    private static async Task<string> Render<TChart>(CultureInfo? culture, params (string, object?)[] parameters)
        where TChart : IComponent
    {
        await using var renderer = new HtmlRenderer(NoServices.Instance, NullLoggerFactory.Instance);
        (string, object?)[] all = [("Title", "The title"), .. parameters, .. culture is null ? [] : new (string, object?)[] { ("Culture", culture) }];
        using var writer = new StringWriter();
        (await renderer.RenderAsync<TChart>(all)).WriteTo(writer, System.Text.Encodings.Web.HtmlEncoder.Default);
        return writer.ToString();
    }

    // Values run 1.0, 1.3, … within 0–4; every seventh of more than one is unknown.
    private static T[] Items<T>(int count, Func<int, double, T> make) =>
        [.. Enumerable.Range(0, count).Select(i => make(i, count > 1 && i % 7 == 3 ? double.NaN : (1 + 0.3 * i) % 4))];

    private static string Domain(int i, int count) => Domains[i * 5 / Math.Max(1, count)];

    private static List<string> Geometry(string html) =>
        [.. XDocument.Parse($"<root>{html}</root>").Descendants().Attributes()
            .Where(attribute => attribute.Name.LocalName is "x" or "y" or "x1" or "x2" or "y1" or "y2" or "cx" or "cy" or "r" or "width" or "height" or "d")
            .Select(attribute => Numbers().IsMatch(attribute.Value) ? attribute.Value : $"not a number: {attribute.Value}")];

    [GeneratedRegex(@"^[-0-9.%MLACZHV ]*$")]
    private static partial Regex Numbers();

    private sealed class NoServices : IServiceProvider
    {
        public static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
