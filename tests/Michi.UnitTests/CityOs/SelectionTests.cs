using FsCheck;
using FsCheck.Fluent;
using Michi.CityOs;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;

namespace Michi.UnitTests.CityOs;

public sealed class SelectionTests
{
    [Theory]
    // Clause 4.17, examples 1 to 3.
    [InlineData("Building|House", "House", true), InlineData("Building,House", "House", true), InlineData("Building,House", "Home", false), InlineData("(Home;Vehicle)", "Home", false), InlineData("(Home;Vehicle)", "Home Vehicle Boat", true), InlineData("Home;Vehicle", "Home Vehicle", true)]
    [InlineData("(Home;Vehicle)|Motorhome", "Motorhome", true), InlineData("(Home;Vehicle),Motorhome", "Vehicle", false), InlineData("*", "Anything", true), InlineData("https://uri.etsi.org/ngsi-ld/default-context/Home", "Home", true)]
    public void Matches_Types_AsClause4_17(string text, string types, bool expected) =>
        Assert.Equal(expected, TypeSelection.Parse(text, SampleEntity.Context).Matches([.. types.Split(' ').Select(SampleEntity.Name)]));

    [Theory]
    [InlineData("A,B|A", true, 2), InlineData("(A,(B|C))", true, 3), InlineData("A;B", false, 2), InlineData("(A;B)|C", false, 3), InlineData("*", false, 0)]
    public void IsAnyOf_Selection_OnlyOfPlainAlternatives(string text, bool expected, int names)
    {
        var selection = TypeSelection.Parse(text, SampleEntity.Context);
        Assert.Equal((expected, names, text == "*"), (selection.IsAnyOf, selection.Names.Count, selection.IsEverything));
    }

    [Theory]
    // Clause 4.19, examples 1 to 5, and the suite's 019_01_06 and 019_34.
    [InlineData("/Madrid", "/Madrid", true), InlineData("/Madrid", "/Madrid/Gardens", false), InlineData("/Madrid/Gardens/#", "/Madrid/Gardens", true), InlineData("/Madrid/Gardens/#", "/Madrid/Gardens/ParqueNorte/Parterre1", true), InlineData("/Madrid/Gardens/#", "/Madrid/GardensX", false)]
    [InlineData("/Madrid/+/ParqueNorte", "/Madrid/Sights/ParqueNorte", true), InlineData("/Madrid/+/ParqueNorte", "/Madrid/ParqueNorte", false), InlineData("/Madrid/+", "/Madrid", false), InlineData("/+/#", "/A/B/C", true), InlineData("/#", "/A", true), InlineData("/#", "", false)]
    [InlineData("(/Madrid/Districts;/CompanyA)", "/CompanyA /Madrid/Districts", true), InlineData("(/Madrid/Districts;/CompanyA)", "/CompanyA", false), InlineData("(/Madrid/Districts;/CompanyA)|CompanyB", "/CompanyB", true), InlineData("(/Madrid/Districts;/CompanyA),/CompanyB", "/CompanyA", false), InlineData("/A;/B/#", "/A /B/C", true)]
    [InlineData("/大阪/公園_1", "/大阪/公園_1", true)]
    public void Matches_Scopes_AsClause4_19(string text, string scopes, bool expected) =>
        Assert.Equal(expected, ScopeFilter.Parse(text).Matches(scopes.Length == 0 ? null : [.. scopes.Split(' ')]));

    [Theory]
    [InlineData("/A/B", "/A/B"), InlineData("/A/#", "/A"), InlineData("/A/+/C", "/A"), InlineData("/+/B", ""), InlineData("/#", ""), InlineData("/A,/B/C", "/A /B/C"), InlineData("(/A;/B/C)", "/B/C"), InlineData("(/#;/B/C)", "/B/C"), InlineData("(/+;/B)|/C", "/B /C")]
    public void Prefixes_Scopes_AreWhatEveryMatchHas(string text, string prefixes) => Assert.Equal(prefixes.Split(' '), ScopeFilter.Parse(text).Prefixes);

    [Theory]
    [InlineData("/", "character 2: expected a level"), InlineData("/A//B", "character 4: expected a level"), InlineData("/#/A", "character 3: / is not expected"), InlineData("/A;", "expected a level"), InlineData("(/A", "expected ) to close"), InlineData("/A B", "is not expected here"), InlineData("", "is empty")]
    public void Parse_UnsoundScopes_AreRefused(string text, string told) => Assert.Contains(told, Assert.Throws<NgsiLdException>(() => ScopeFilter.Parse(text)).Detail, StringComparison.Ordinal);

    [Theory]
    [InlineData("A,", "character 3: expected the name of a type"), InlineData(",A", "character 1"), InlineData("A B", "B is not expected here"), InlineData("A;(B", "expected ) to close"), InlineData("A-B", "A-B is not the name of a type"), InlineData("id", "id is not the name"), InlineData("", "is empty")]
    public void Parse_UnsoundTypes_AreRefused(string text, string told) => Assert.Contains(told, Assert.Throws<NgsiLdException>(() => TypeSelection.Parse(text, SampleEntity.Context)).Detail, StringComparison.Ordinal);

    [Theory]
    // Clause 4.11 and the suite's 021_26: the lower bound is included, the upper one is not, whatever the spelling.
    [InlineData("after", "2020-08-01T12:05:00Z", null, "2020-08-01T12:05:00Z", true), InlineData("after", "2020-08-01T12:05:00.000Z", null, "2020-08-01T12:04:59.999999Z", false), InlineData("before", "2020-08-01T12:05:00Z", null, "2020-08-01T12:05:00Z", false)]
    [InlineData("before", "2020-08-01T12:05:00,000Z", null, "2020-08-01T12:04:59Z", true), InlineData("between", "2020-08-01T12:03:00Z", "2020-08-01T12:05:00Z", "2020-08-01T12:03:00Z", true), InlineData("between", "2020-08-01T12:03:00Z", "2020-08-01T12:05:00.000Z", "2020-08-01T12:05:00Z", false)]
    public void Matches_Time_AsClause4_11(string timerel, string timeAt, string? endTimeAt, string time, bool expected) =>
        Assert.Equal(expected, TemporalFilter.Parse(timerel, timeAt, endTimeAt, null).Matches(EntityReader.Time(time)!.Value));

    [Theory]
    [InlineData("during", "2020-08-01T12:05:00Z", null, null), InlineData(null, "2020-08-01T12:05:00Z", null, null), InlineData("between", "2020-08-01T12:05:00Z", null, null), InlineData("after", "2020-08-01", null, null), InlineData("after", null, null, null), InlineData("after", "2020-08-01T12:05:00Z", "2020-08-01T12:05:00Z", null), InlineData("after", "2020-08-01T12:05:00Z", null, "at")]
    public void Parse_UnsoundTimes_AreRefused(string? timerel, string? timeAt, string? endTimeAt, string? timeproperty) =>
        Assert.EndsWith("BadRequestData", Assert.Throws<NgsiLdException>(() => TemporalFilter.Parse(timerel, timeAt, endTimeAt, timeproperty)).Type, StringComparison.Ordinal);

    [Fact]
    public void ParseProperty_Names_AreFour() =>
        Assert.Equal([TimeProperty.ObservedAt, TimeProperty.ObservedAt, TimeProperty.CreatedAt, TimeProperty.ModifiedAt, TimeProperty.DeletedAt], new[] { null, "observedAt", "createdAt", "modifiedAt", "deletedAt" }.Select(TemporalFilter.ParseProperty));

    [Fact]
    public void Pick_Nested_KeepsTheTree()
    {
        var pick = Projection.Pick("id, name|observation{temperature,at{city}},location", SampleEntity.Context);
        var observation = SampleEntity.Name("observation");
        Assert.Equal(["id", SampleEntity.Name("name"), observation, CoreContext.NgsiLd + "location"], pick.Members.OrderBy(m => "inol".IndexOf(m[m.LastIndexOf('/') + 1])));
        Assert.Equal(2, pick.Hops);
        Assert.Equal([SampleEntity.Name("city")], pick.Linked[observation].Linked[SampleEntity.Name("at")].Members);
        var omit = Projection.Omit("type,observation{temperature}", SampleEntity.Context);
        Assert.Equal(["type"], omit.Members);
        Assert.Equal([SampleEntity.Name("temperature")], omit.Linked[observation].Members);
        Assert.Equal(11, Projection.Pick("a{a{a{a{a{a{a{a{a{a{a{name}}}}}}}}}}}", SampleEntity.Context).Hops);
    }

    [Theory]
    // The suite's 019_18 and 421_01.
    [InlineData("id;name"), InlineData("id,locatedAt{name"), InlineData("id,locatedAt{{name}"), InlineData("id,,name"), InlineData("id,locatedAt{,name}"), InlineData("id,locatedAt{}"), InlineData("name||a"), InlineData("name,"), InlineData("a{b},a{c}"), InlineData("id{a}"), InlineData("a}"), InlineData("")]
    public void Pick_Unsound_IsRefused(string text) => Assert.EndsWith("BadRequestData", Assert.Throws<NgsiLdException>(() => Projection.Pick(text, SampleEntity.Context)).Type, StringComparison.Ordinal);

    [Theory]
    [InlineData("name", "name", null, false), InlineData("name", null, "category", false), InlineData(null, "name", "category", false), InlineData("name", "category", null, true), InlineData("a{b,c}", "a{c}", null, false), InlineData("a{b}", "a{c}", null, true), InlineData(null, null, "a", true)]
    public void CheckTogether_PickOmitAttrs_AsClause5_7_2(string? pick, string? omit, string? attrs, bool isFine)
    {
        void Check() => Projection.CheckTogether(pick is null ? null : Projection.Pick(pick, SampleEntity.Context), omit is null ? null : Projection.Omit(omit, SampleEntity.Context), attrs is null ? null : Projection.Attrs(attrs, SampleEntity.Context));
        if (isFine) Check();
        else Assert.Throws<NgsiLdException>(Check);
    }

    [Theory]
    // Clause 4.15, examples 1 to 4, and the suite's 415_01.
    [InlineData("en", "en"), InlineData("fr-CH,fr", "fr-CH fr"), InlineData("*", "*"), InlineData("fr-CH,fr;q=0.9,en;q=0.8,*;q=0.5", "fr-CH fr en *"), InlineData("fr;q=0.2,nl;q=0.9", "nl fr"), InlineData("fr;q=0, en ; q=1.0", "en"), InlineData("FR", "FR")]
    public void Languages_Weights_PutTheBestFirst(string text, string languages) => Assert.Equal(languages.Split(' '), RequestLists.Languages(text));

    [Theory]
    [InlineData(""), InlineData("en,"), InlineData("e_n"), InlineData("en;q=2"), InlineData("en;q="), InlineData("en;x=1"), InlineData("toolonglanguage")]
    public void Languages_Unsound_AreRefused(string text) => Assert.Throws<NgsiLdException>(() => RequestLists.Languages(text));

    [Fact]
    public void DatasetIds_UrisAndNone_AreTaken()
    {
        Assert.Equal(["@none", "urn:d:1"], RequestLists.DatasetIds("urn:d:1, @none").Order(StringComparer.Ordinal));
        Assert.Contains("character 9", Assert.Throws<NgsiLdException>(() => RequestLists.DatasetIds("urn:d:1,x")).Detail, StringComparison.Ordinal);
        Assert.Throws<NgsiLdException>(() => RequestLists.Ids("@none"));
    }

    [Fact]
    public void Matches_EntityQuery_WantsAllParts()
    {
        var entity = SampleEntity.Of("'speed': [{'type': 'Property', 'value': 5}, {'type': 'Property', 'value': 60, 'datasetId': 'urn:d:1'}], 'scope': '/A/B'");
        var query = new EntityQuery
        {
            Selectors = [new() { Ids = new HashSet<string> { "urn:other:1" } }, new() { IdPattern = TextPattern.Parse("Vehicle:[0-9]$", "idPattern"), Types = TypeSelection.Parse("Vehicle", SampleEntity.Context) }],
            Attrs = new HashSet<string> { SampleEntity.Name("speed"), SampleEntity.Name("x") },
            Q = QFilter.Parse("speed>50", SampleEntity.Context),
            Scope = ScopeFilter.Parse("/A/#"),
            Datasets = new HashSet<string> { "urn:d:1" },
        };
        Assert.True(query.Matches(entity));
        Assert.True(EntityQuery.Everything.Matches(entity));
        Assert.False((query with { Attrs = new HashSet<string> { SampleEntity.Name("x") } }).Matches(entity));
        Assert.False((query with { Datasets = new HashSet<string> { "urn:d:2" } }).Matches(entity));
        Assert.True((query with { Datasets = new HashSet<string> { "@none" } }).Matches(entity));
        Assert.False((query with { Scope = ScopeFilter.Parse("/B") }).Matches(entity));
        Assert.False((query with { Selectors = [query.Selectors[0]] }).Matches(entity));
        Assert.False((query with { Geo = GeoFilter.Parse("disjoint", "Point", "[8,40]", null, SampleEntity.Context) }).Matches(entity));
    }

    /// <summary>Whatever comes, a language takes it or refuses it in its own words, and soon.</summary>
    [Fact]
    public void Parse_RandomAndMutatedTexts_ThrowsNothingElse()
    {
        string[] seeds =
        [
            "((speed>50|rpm>3000);brandName==\"Mercedes\")", "temperature.observedAt>=2017-12-24T12:00:00Z", "sensor{Device,Room:humidity.unitCode}==40..50", "address[city.a][0]!=\"Ber\\u006cin\",\"x\"", "color[*]~=\"^(a|b)+[c-e]{2,3}\"", "!a;b~=x(y|z)*|c",
            "(Home;Vehicle)|Motorhome,ex:Boat", "(/Madrid/+/Parks/#;/CompanyA)|CompanyB", "id,observation{temperature,a{b}}|name", "name;desc,location;dist-asc,address[city]", "fr-CH,fr;q=0.9,*;q=0.5", "urn:ngsi-ld:a:1,@none", "near;maxDistance==2000", "[[[0,0],[10,0],[10,10],[0,0]],[[4,4],[6,4],[6,6],[4,4]]]", "de-u-co-phonebk-kn",
        ];
        var pieces = Gen.Elements("(", ")", ";", "|", ",", "==", "!=", ">", "~=", "!~=", "!", "..", ".", "[", "]", "{", "}", "\"", "\\", "\\u", ":", "/", "#", "+", "*", "1", "-1e5", "a", "é", "\ud83d\ude00", "\ud83d", "\0", " ", "urn:a:b", "2026-01-01T00:00:00Z", "true", "x{9}", "&", "q=", "@none", "[1,2]", "null");
        var random = pieces.ListOf().Select(string.Concat);
        var mutated = from seed in Gen.Elements(seeds)
                      from at in Gen.Choose(0, seed.Length)
                      from length in Gen.Choose(0, 4)
                      from piece in pieces
                      from count in Gen.Elements(1, 1, 1, 2, 60, 3_000)
                      select seed[..at] + string.Concat(Enumerable.Repeat(piece, count)) + seed[Math.Min(seed.Length, at + length)..];
        var entity = SampleEntity.Of("'speed': 30, 'a': 'x', 'color': {'languageMap': {'en': 'red'}}, 'address': {'value': {'city': 'x'}}, 'sensor': {'object': 'urn:a:b'}, 'location': {'type': 'GeoProperty', 'value': {'type': 'Point', 'coordinates': [8, 40]}}, 'scope': ['/Madrid/x/Parks', '/CompanyA']");
        Prop.ForAll(Gen.OneOf(random, mutated).ToArbitrary(), text =>
        {
            var watch = ProcessorTime.Start();
            Try(() => QFilter.Parse(text, SampleEntity.Context, text).Matches(entity, _ => entity));
            Try(() => TypeSelection.Parse(text, SampleEntity.Context).Matches(entity.Types));
            Try(() => ScopeFilter.Parse(text).Matches(entity.Scopes));
            Try(() => Projection.Pick(text, SampleEntity.Context));
            Try(() => Projection.Omit(text, SampleEntity.Context));
            Try(() => Ordering.Parse(text, SampleEntity.Context, null, "[8,40]").Compare(entity, entity));
            Try(() => Ordering.Parse("name", SampleEntity.Context, text));
            Try(() => RequestLists.Languages(text));
            Try(() => RequestLists.DatasetIds(text));
            Try(() => TextPattern.Parse(text, "idPattern").Matches(text));
            Try(() => TemporalFilter.Parse(text, text, text, text));
            Try(() => TemporalFilter.Parse("after", text, null, null));
            Try(() => GeoFilter.Parse(text, "Point", "[8,40]", text, SampleEntity.Context).Matches(entity));
            foreach (var geometry in new[] { "Point", "MultiPoint", "LineString", "Polygon", "MultiPolygon", text })
                Try(() => GeoFilter.Parse("intersects", geometry, text, null, SampleEntity.Context).Matches(entity));
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"{watch.Elapsed}: {text}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));
    }

    private static void Try(Action act)
    {
        try
        {
            act();
        }
        catch (NgsiLdException e)
        {
            Assert.InRange(e.Status, 400, 499);
            Assert.False(string.IsNullOrEmpty(e.Detail));
        }
    }
}
