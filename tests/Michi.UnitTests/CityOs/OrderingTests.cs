using Michi.CityOs;
using Michi.CityOs.Entities;
using Michi.CityOs.Queries;

namespace Michi.UnitTests.CityOs;

public sealed class OrderingTests
{
    [Theory]
    // The suite's 019_19.
    [InlineData("name", "123"), InlineData("id", "123"), InlineData("createdAt", "213"), InlineData("name.createdAt", "213"), InlineData("name.sub", "123"), InlineData("name;asc", "123"), InlineData("name;desc", "321"), InlineData("type,name", "123"), InlineData("type;asc,name.sub;desc,name;asc", "321"), InlineData("nothing", "123"), InlineData("name.observedAt;desc", "132")]
    public void Sort_Attributes_AsTheSuiteExpects(string orderBy, string expected)
    {
        var entities = new[] { ("1", 2), ("2", 1), ("3", 3) }.Select(e =>
        {
            var entity = SampleEntity.Of($"'name': {{'value': '{(char)('A' + e.Item1[0] - '1')}', 'observedAt': '2026-01-0{(e.Item1 == "1" ? 9 : e.Item1 == "3" ? 5 : 2)}T00:00:00Z', 'sub': {e.Item1}}}", $"urn:b:{e.Item1}");
            entity.CreatedAt = entity.Attributes[0].CreatedAt = SampleEntity.Created.AddDays(e.Item2);
            return entity;
        }).ToList();
        Assert.Equal(expected, Sorted(entities, Ordering.Parse(orderBy, SampleEntity.Context)));
    }

    [Theory]
    // The suite's 423_01 and 5243_01.
    [InlineData("location;dist-asc", "nmfx"), InlineData("location;dist-desc", "fmnx"), InlineData("rankProbe", "nmfx"), InlineData("rankProbe;desc", "mnfx"), InlineData("address[city];desc", "fmnx"), InlineData("address[city]", "nmfx")]
    public void Sort_DistanceAndMembers_AsTheSuiteExpects(string orderBy, string expected)
    {
        List<Entity> entities =
        [
            SampleEntity.Of("", "urn:b:x"),
            SampleEntity.Of("'location': {'type': 'GeoProperty', 'value': {'type': 'Point', 'coordinates': [20, 60]}}, 'address': {'value': {'city': 'Zurich'}}", "urn:b:f"),
            SampleEntity.Of("'location': {'type': 'GeoProperty', 'value': {'type': 'Point', 'coordinates': [9, 41]}}, 'rankProbe': 'text', 'address': {'value': {'city': 'Berlin'}}", "urn:b:m"),
            SampleEntity.Of("'location': {'type': 'GeoProperty', 'value': {'type': 'Point', 'coordinates': [8.01, 40.01]}}, 'rankProbe': 5, 'address': {'value': {'city': 'Amsterdam'}}", "urn:b:n"),
        ];
        Assert.Equal(expected, Sorted(entities, Ordering.Parse(orderBy, SampleEntity.Context, null, "[8,40]")));
        Assert.Equal(expected, Sorted(entities, Ordering.Parse(orderBy, SampleEntity.Context, null, "[[8,40],[8,39]]", "LineString")));
    }

    [Fact]
    public void Sort_MixedTypes_AsClause4_23_2()
    {
        string[] values = ["-1", "5", "'abc'", "'b'", "{'a': 1}", "[1]", "false", "true", "'10:00:00Z'", "'2026-01-01'", "'2026-01-01T00:00:00Z'"];
        var entities = values.Select((v, i) => SampleEntity.Of($"'v': {{'value': {v}}}", $"urn:{(char)('z' - i)}:1")).Append(SampleEntity.Of("", "urn:a:1")).ToList();
        var expected = entities.Select(e => e.Id).ToArray();
        entities.Reverse();
        Ordering.Parse("v", SampleEntity.Context).Sort(entities);
        Assert.Equal(expected, entities.Select(e => e.Id));
        Ordering.Parse("v;desc", SampleEntity.Context).Sort(entities);
        Assert.Equal([.. expected[..^1].Reverse(), "urn:a:1"], entities.Select(e => e.Id));
    }

    [Theory]
    // The suite's 4233_01: code units unless a collation is told.
    [InlineData(null, "Abá"), InlineData("und", "Aáb"), InlineData("fr", "Aáb"), InlineData("de-u-co-phonebk", "Aáb"), InlineData("und-u-ks-identic", "Aáb")]
    public void Sort_Collation_RanksAccentsWithTheirLetters(string? collation, string expected)
    {
        var entities = new[] { "b", "á", "A" }.Select(n => SampleEntity.Of($"'name': '{n}'", "urn:v:" + n)).ToList();
        Assert.Equal(expected, Sorted(entities, Ordering.Parse("name", SampleEntity.Context, collation)));
    }

    [Fact]
    public void Sort_Phonebook_ReadsUmlautsAsTwoLetters()
    {
        string Order(string collation) => Sorted([.. new[] { "Ad", "Af", "Ä" }.Select(n => SampleEntity.Of($"'name': '{n}'", "urn:v:" + n))], Ordering.Parse("name", SampleEntity.Context, collation));
        Assert.Equal("ÄAdAf", Order("de"));
        Assert.Equal("AdÄAf", Order("de-u-co-phonebk"));
    }

    [Fact]
    public void Compare_Entities_AgreesWithSort()
    {
        var ordering = Ordering.Parse("n;desc,m", SampleEntity.Context);
        var entities = Enumerable.Range(0, 200).Select(i => SampleEntity.Of($"'n': {i * 7 % 5}, 'm': '{i * 13 % 11}'", $"urn:v:{i}")).ToList();
        var sorted = entities.Order(ordering).Select(e => e.Id).ToArray();
        ordering.Sort(entities);
        Assert.Equal(sorted, entities.Select(e => e.Id));
    }

    [Fact]
    public void Sort_SeveralInstances_TakesTheDefaultOne()
    {
        var a = SampleEntity.Of("'n': [{'type': 'Property', 'value': 1, 'datasetId': 'urn:d:1'}, {'type': 'Property', 'value': 9}]", "urn:v:a");
        var b = SampleEntity.Of("'n': 5", "urn:v:b");
        Assert.Equal("ba", Sorted([a, b], Ordering.Parse("n", SampleEntity.Context)));
    }

    [Theory]
    [InlineData("", null, "is empty"), InlineData("name;", null, "character 6: expected asc"), InlineData("name;up", null, "expected asc, desc, dist-asc"), InlineData("name,,a", null, "expected the name"), InlineData("name desc", null, "expected a comma"), InlineData("a{b}", null, "does not follow relationships")]
    [InlineData("location;dist-asc", null, "needs orderFrom"), InlineData("name", "!!nope", "collation !!nope is not one"), InlineData("name", "not a bcp47 tag!!", "is not one"), InlineData("name", "de-u-xx-yyy", "is not one"), InlineData("name", "d", "is not one")]
    public void Parse_Unsound_IsRefused(string orderBy, string? collation, string told) =>
        Assert.Contains(told, Assert.Throws<NgsiLdException>(() => Ordering.Parse(orderBy, SampleEntity.Context, collation)).Detail, StringComparison.Ordinal);

    private static string Sorted(List<Entity> entities, Ordering ordering)
    {
        ordering.Sort(entities);
        return string.Concat(entities.Select(e => e.Id[(e.Id.LastIndexOf(':') + 1)..]));
    }
}
