using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Michi.CityOs;
using Michi.CityOs.JsonLd;

namespace Michi.UnitTests.CityOs;

public sealed class JsonLdContextTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Terms_OfTheCoreContext_AreThePublishedOnes()
    {
        using var published = JsonDocument.Parse(File.ReadAllBytes(ReferenceData.PathOf("ngsild/contexts/ngsi-ld-core-context-v1.9.jsonld")));
        var context = published.RootElement.GetProperty("@context");
        Dictionary<string, string> expected = [];
        foreach (var term in context.EnumerateObject().Where(t => !t.Name.StartsWith('@')))
        {
            var iri = term.Value.ValueKind == JsonValueKind.String ? term.Value.GetString()! : term.Value.TryGetProperty("@id", out var id) ? id.GetString()! : "ngsi-ld:" + term.Name;
            expected[term.Name] = iri.Replace("ngsi-ld:", "https://uri.etsi.org/ngsi-ld/", StringComparison.Ordinal).Replace("geojson:", "https://purl.org/geojson/vocab#", StringComparison.Ordinal);
        }
        Assert.Equal(expected.OrderBy(t => t.Key, StringComparer.Ordinal), CoreContext.Terms.OrderBy(t => t.Key, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.6.jsonld", true)]
    [InlineData("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld", true)]
    [InlineData("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-non-existing.jsonld", false)]
    [InlineData("https://example.org/ngsi-ld-core-context-v1.6.jsonld", false)]
    public void IsCore_AddressOfAContext_OnlyThePublishedVersions(string url, bool isCore) => Assert.Equal(isCore, CoreContext.IsCore(url));

    [Theory]
    [InlineData("temperature", "https://example.org/temp")]
    [InlineData("Sensor", "https://example.org/sensors#Sensor")]
    [InlineData("ex:thing", "https://example.org/thing")]
    [InlineData("location", "https://uri.etsi.org/ngsi-ld/location")]
    [InlineData("unknown", "https://example.org/vocabulary/unknown")]
    [InlineData("https://elsewhere.org/x", "https://elsewhere.org/x")]
    public async Task Expand_NameInAContext_GivesItsIriAndBack(string name, string iri)
    {
        // Terms may stand on terms that come later; the core context's own cannot be given another meaning.
        var context = await ReadAsync("""
            { "@vocab": "https://example.org/vocabulary/", "temperature": "ex:temp", "Sensor": { "@id": "sensors:Sensor" }, "sensors": "ex:sensors#", "ex": "https://example.org/",
              "location": "https://example.org/my-location", "value": "https://example.org/my-value" }
            """);
        Assert.Equal(iri, context.Expand(name));
        Assert.Equal(name, context.Compact(iri));
        Assert.Equal("https://uri.etsi.org/ngsi-ld/hasValue", context.Expand("value"));
    }

    [Fact]
    public async Task Compact_IriOfTheDefaultContextWhereTheNameMeansAnother_UsesThePrefix()
    {
        var context = await ReadAsync("""{ "almostFull": "https://example.org/almostFull" }""");
        Assert.Equal("ngsi-ld:default-context/almostFull", context.Compact("https://uri.etsi.org/ngsi-ld/default-context/almostFull"));
    }

    [Fact]
    public async Task Read_ArrayOfDocuments_LaterTermsWin()
    {
        var source = new Documents
        {
            ["https://a.example/c.jsonld"] = """{ "@context": ["b.jsonld", { "name": "https://a.example/name" }] }""",
            ["https://a.example/b.jsonld"] = """{ "@context": { "name": "https://b.example/name", "size": "https://b.example/size" } }""",
        };
        var context = await new ContextReader(source).ReadAsync("", JsonSerializer.SerializeToElement((string[])["https://a.example/c.jsonld", CoreContext.Url]), Cancel);
        Assert.Equal("https://a.example/name", context.Expand("name"));
        Assert.Equal("https://b.example/size", context.Expand("size"));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("[5]")]
    [InlineData("""{ "a": "b:c", "b": "a:d" }""")]
    [InlineData("""{ "a": 5 }""")]
    [InlineData("\"not an address\"")]
    [InlineData("""{ "a": { "@id": "https://a.example/", "@context": { "b": "https://b.example/" } } }""")]
    public async Task Read_NoContext_IsBadRequestData(string context)
    {
        var refusal = await Assert.ThrowsAsync<NgsiLdException>(async () => await ReadAsync(context));
        Assert.EndsWith("/BadRequestData", refusal.Type);
    }

    [Fact]
    public async Task Read_DocumentThatRefersToItself_Ends()
    {
        var source = new Documents { ["https://a.example/c.jsonld"] = """{ "@context": "c.jsonld" }""" };
        await Assert.ThrowsAsync<NgsiLdException>(async () => await new ContextReader(source).ReadAsync("", JsonSerializer.SerializeToElement("https://a.example/c.jsonld"), Cancel));
    }

    [Fact]
    public void Compact_WhatExpandGave_ExpandsToTheSame() => Prop.ForAll<NonEmptyString>(name =>
    {
        var iri = SampleEntity.Context.Expand(name.Get);
        return SampleEntity.Context.Expand(SampleEntity.Context.Compact(iri)) == iri;
    }).QuickCheckThrowOnFailure();

    private static ValueTask<JsonLdContext> ReadAsync(string context) => new ContextReader(new Documents()).ReadAsync("", JsonSerializer.Deserialize<JsonElement>(context), Cancel);

    private sealed class Documents : Dictionary<string, string>, IContextSource
    {
        public ValueTask<JsonElement> GetAsync(string tenant, Uri address, CancellationToken cancel) =>
            TryGetValue(address.AbsoluteUri, out var text) ? ValueTask.FromResult(JsonSerializer.Deserialize<JsonElement>(text)) : throw NgsiLdException.LdContextNotAvailable(address.AbsoluteUri);

        public bool IsChanged() => false;

        public void Used(string tenant, string url)
        {
        }
    }
}
