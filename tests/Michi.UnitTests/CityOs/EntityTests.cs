using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.UnitTests.CityOs;

public sealed class EntityTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("AirQualityObserved")]
    [InlineData("NoiseLevelObserved")]
    public void Write_PublishedExampleRead_TellsTheSame(string model)
    {
        var example = (JsonObject)JsonNode.Parse(File.ReadAllBytes(ReferenceData.PathOf($"ngsild/smart-data-models/{model}-example-normalized.jsonld")))!;
        example.Remove("@context");
        var read = new EntityReader(JsonLdContext.Core, InputForm.Normalized, InputNeed.Whole).Read(JsonSerializer.SerializeToElement(example));
        var kept = EntityCodec.Read(EntityCodec.Write(EntityEdits.Create(read, Now)));
        Assert.True(JsonNode.DeepEquals(example, JsonNode.Parse(Written(kept, Representation.Normal))), Written(kept, Representation.Normal));
    }

    /// <summary>The entity of `bench city-os`, 590 bytes as it comes: before names and times were told once, it took 1,013.</summary>
    [Fact]
    public void Write_EntityOfTheBenchmark_TakesAThirdOfTheJson()
    {
        const string json = """
            {"id":"urn:ngsi-ld:AirQualityObserved:12345","type":"AirQualityObserved","station":{"type":"Property","value":"S617"},"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[103.997,13.497]}},
            "no2":{"type":"Property","value":145,"unitCode":"GQ","observedAt":"2026-11-27T11:00:00Z"},"temperature":{"type":"Property","value":20.5,"unitCode":"CEL","observedAt":"2026-11-27T11:00:00Z"},
            "refDevice":{"type":"Relationship","object":"urn:ngsi-ld:Device:12345"},"description":{"type":"Property","value":"made up for a benchmark, nothing measured"}}
            """;
        Assert.InRange(EntityCodec.Write(EntityEdits.Create(Read(json), Now)).Length, 250, 340);
    }

    /// <summary>Two of the published examples break the standard: a date as the object of a Relationship, an attribute of a type there is not.</summary>
    [Theory]
    [InlineData("WaterObserved", "dateObserved.object is not a URI")]
    [InlineData("FloodMonitoring", "floodLevelStatus has a type that is none of an attribute")]
    public void Read_PublishedExampleThatBreaksTheStandard_NamesTheAttribute(string model, string detail)
    {
        var example = JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(ReferenceData.PathOf($"ngsild/smart-data-models/{model}-example-normalized.jsonld")));
        Assert.StartsWith(detail, Assert.Throws<NgsiLdException>(() => new EntityReader(JsonLdContext.Core, InputForm.Normalized, InputNeed.Whole).Read(example)).Detail);
    }

    /// <summary>The three forms of one entity, after the examples of annex C.2 of the standard.</summary>
    [Theory]
    [InlineData("Normalized", """
        { "id": "urn:ngsi-ld:Vehicle:1", "type": "Vehicle",
          "brandName": { "type": "Property", "value": "Mercedes" },
          "speed": [{ "type": "Property", "value": 55.5, "unitCode": "KMH", "datasetId": "urn:ngsi-ld:Property:gps" }, { "type": "Property", "value": 54 }],
          "street": { "type": "LanguageProperty", "languageMap": { "fr": "Grand Place", "nl": "Grote Markt" } },
          "state": { "type": "VocabProperty", "vocab": "stopped" },
          "raw": { "type": "JsonProperty", "json": { "a": [1, null] } },
          "isParked": { "type": "Relationship", "object": "urn:ngsi-ld:OffStreetParking:1", "observedAt": "2017-07-29T12:00:04Z", "providedBy": { "type": "Relationship", "object": "urn:ngsi-ld:Person:Bob" } },
          "location": { "type": "GeoProperty", "value": { "type": "Point", "coordinates": [-8.5, 41.2] } } }
        """)]
    [InlineData("Concise", """
        { "id": "urn:ngsi-ld:Vehicle:1", "type": "Vehicle",
          "brandName": "Mercedes",
          "speed": [{ "value": 55.5, "unitCode": "KMH", "datasetId": "urn:ngsi-ld:Property:gps" }, 54],
          "street": { "languageMap": { "fr": "Grand Place", "nl": "Grote Markt" } },
          "state": { "vocab": "stopped" },
          "raw": { "json": { "a": [1, null] } },
          "isParked": { "object": "urn:ngsi-ld:OffStreetParking:1", "observedAt": "2017-07-29T12:00:04Z", "providedBy": { "object": "urn:ngsi-ld:Person:Bob" } },
          "location": { "type": "Point", "coordinates": [-8.5, 41.2] } }
        """)]
    [InlineData("Simplified", """
        { "id": "urn:ngsi-ld:Vehicle:1", "type": "Vehicle",
          "brandName": "Mercedes",
          "speed": { "dataset": { "urn:ngsi-ld:Property:gps": 55.5, "@none": 54 } },
          "street": { "languageMap": { "fr": "Grand Place", "nl": "Grote Markt" } },
          "state": { "vocab": "stopped" },
          "raw": { "json": { "a": [1, null] } },
          "isParked": "urn:ngsi-ld:OffStreetParking:1",
          "location": { "type": "Point", "coordinates": [-8.5, 41.2] } }
        """)]
    public void Write_EntityInAForm_TellsItInThatForm(string format, string expected)
    {
        var entity = Read("""
            { "id": "urn:ngsi-ld:Vehicle:1", "type": "Vehicle", "brandName": "Mercedes",
              "speed": [{ "value": 55.5, "unitCode": "KMH", "datasetId": "urn:ngsi-ld:Property:gps" }, { "type": "Property", "value": 54 }],
              "street": { "languageMap": { "fr": "Grand Place", "nl": "Grote Markt" } }, "state": { "vocab": "stopped" }, "raw": { "json": { "a": [1, null] } },
              "isParked": { "object": "urn:ngsi-ld:OffStreetParking:1", "observedAt": "2017-07-29T12:00:04Z", "providedBy": { "object": "urn:ngsi-ld:Person:Bob" } },
              "location": { "type": "Point", "coordinates": [-8.5, 41.2] } }
            """);
        var written = Written(entity, Representation.Normal with { Format = Enum.Parse<EntityFormat>(format) });
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(written)), written);
    }

    [Theory]
    [InlineData("fr", "Grand Place", "fr")]
    [InlineData("nl-BE", "Grote Markt", "nl")]
    [InlineData("ja", "Square", "@none")]
    public void Write_LanguageWanted_TellsTheTextInItOrTheNearest(string language, string text, string told)
    {
        var entity = Read("""{ "id": "urn:x:1", "type": "T", "street": { "languageMap": { "fr": "Grand Place", "nl": "Grote Markt", "@none": "Square" } } }""");
        var written = JsonNode.Parse(Written(entity, Representation.Normal with { Languages = [language] }))!["street"]!;
        Assert.Equal(("Property", text, told), ((string)written["type"]!, (string)written["value"]!, (string)written["lang"]!));
    }

    [Theory]
    [InlineData("""{ "type": "T" }""")]
    [InlineData("""{ "id": "no uri", "type": "T" }""")]
    [InlineData("""{ "id": "urn:x:1" }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a b": 1 }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a": null }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a": { "type": "Property" } }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a": { "type": "Property", "value": null } }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a": { "type": "Relationship", "object": "no uri" } }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a": { "type": "Unknown", "value": 1 } }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a": { "type": "Property", "value": 1, "observedAt": "yesterday" } }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a": { "type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00+02:00" } }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a": { "type": "GeoProperty", "value": { "type": "Point", "coordinates": [200, 0] } } }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a": { "type": "GeoProperty", "value": { "type": "Polygon", "coordinates": [[[0,0],[1,0],[1,1]]] } } }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a": { "type": "LanguageProperty", "languageMap": { "": "x" } } }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a": [{ "value": 1 }, { "value": 2 }] }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "scope": "/a b" }""")]
    [InlineData("""{ "id": "urn:ngsi-ld:null", "type": "T" }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a": { "value": 1, "entityIdSealed": "urn:x:1" } }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "ngsildproof": { "type": "Property", "value": "no proof" } }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "ngsildproof": { "type": "Property", "value": { "type": "DataIntegrityProof" }, "entityTypeSealed": 42 } }""")]
    [InlineData("""{ "id": "urn:x:1", "type": "T", "a": { "type": "Relationship", "object": "urn:x:2", "datasetId": "urn:ngsi-ld:null" } }""")]
    public void Read_EntityThatBreaksARule_IsBadRequestData(string json)
    {
        var refusal = Assert.Throws<NgsiLdException>(() => Read(json));
        Assert.EndsWith("/BadRequestData", refusal.Type);
        Assert.NotEqual(refusal.Title, refusal.Detail);
    }

    [Fact]
    public void Text_AnyTime_TellsAsManyDecimalsAsThereAre()
    {
        Assert.Equal("2026-01-02T03:04:05Z", EntityWriter.Text(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)));
        Assert.Equal("2026-01-02T02:04:05.5Z", EntityWriter.Text(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)).AddMilliseconds(500)));
        Assert.Equal("2026-01-02T03:04:05Z", EntityWriter.Text(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(9)));
        var random = new Random(5);
        for (var i = 0; i < 1000; i++)
        {
            var time = new DateTimeOffset(random.NextInt64(DateTime.MaxValue.Ticks), TimeSpan.Zero);
            Assert.Equal(time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture), EntityWriter.Text(time));
        }
    }

    /// <summary>After annex C.11 of the standard.</summary>
    [Fact]
    public void Write_ProofOfWhatItBelongsTo_TellsTheSameAgain()
    {
        const string json = """{ "id": "urn:x:1", "type": "T", "a": { "type": "Property", "value": 1, "ngsildproof": { "type": "Property", "value": { "proofValue": "z1" }, "entityIdSealed": "urn:x:1", "entityTypeSealed": "T" } } }""";
        var written = Written(EntityCodec.Read(EntityCodec.Write(EntityEdits.Create(Read(json), Now))), Representation.Normal);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(written)), written);
    }

    /// <summary>Tables 4.3.6.8-1 to 4.3.6.8-3 of the standard: what each version brought.</summary>
    [Theory]
    [InlineData("1.9", """{ "id": "urn:x:1", "type": ["T", "U"], "scope": "/a", "v": { "type": "VocabProperty", "vocab": "x" }, "l": { "type": "LanguageProperty", "languageMap": { "en": "y" } }, "r": { "type": "ListRelationship", "objectList": [{ "object": "urn:x:2" }] }, "p": { "type": "Property", "value": 1, "valueType": "xsd:int", "unitCode": "KMH" } }""")]
    [InlineData("1.8", """{ "id": "urn:x:1", "type": ["T", "U"], "scope": "/a", "v": { "type": "VocabProperty", "vocab": "x" }, "l": { "type": "LanguageProperty", "languageMap": { "en": "y" } }, "r": { "type": "ListRelationship", "objectList": [{ "object": "urn:x:2" }] }, "p": { "type": "Property", "value": 1, "unitCode": "KMH" } }""")]
    [InlineData("1.5", """{ "id": "urn:x:1", "type": ["T", "U"], "scope": "/a", "v": { "type": "Property", "value": "x" }, "l": { "type": "LanguageProperty", "languageMap": { "en": "y" } }, "r": { "type": "Relationship", "object": "urn:x:2" }, "p": { "type": "Property", "value": 1, "unitCode": "KMH" } }""")]
    [InlineData("1.1", """{ "id": "urn:x:1", "type": "T", "v": { "type": "Property", "value": "x" }, "l": { "type": "Property", "value": { "en": "y" } }, "r": { "type": "Relationship", "object": "urn:x:2" }, "p": { "type": "Property", "value": 1 } }""")]
    public void Of_EarlierVersion_HasNothingThatCameLater(string version, string expected)
    {
        var entity = Read("""{ "id": "urn:x:1", "type": ["T", "U"], "scope": "/a", "v": { "vocab": "x" }, "l": { "languageMap": { "en": "y" } }, "r": { "objectList": ["urn:x:2"] }, "p": { "value": 1, "valueType": "xsd:int", "unitCode": "KMH" } }""");
        var earlier = EarlierVersion.Of(entity, NgsiLdVersion.Parse(version)!.Value, Representation.Normal, JsonLdContext.Core);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(Written(earlier, Representation.Normal))), Written(earlier, Representation.Normal));
        Assert.Equal(version == "1.9", ReferenceEquals(entity, earlier));
    }

    [Fact]
    public void Merge_ObjectsWithinValues_AreMergedMemberByMember()
    {
        var entity = Read("""{ "id": "urn:x:1", "type": "T", "address": { "value": { "city": "Berlin", "street": "A" } }, "name": { "languageMap": { "en": "x", "fr": "y" } }, "gone": 1 }""");
        var merged = EntityEdits.Merge(entity, Read("""{ "address": { "value": { "street": "B", "city": "urn:ngsi-ld:null" } }, "name": { "languageMap": { "ja": "z" } }, "gone": "urn:ngsi-ld:null", "fresh": 2 }""", InputNeed.Merge), Now);
        var written = Written(merged, Representation.Normal with { Format = EntityFormat.Simplified });
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{ "id": "urn:x:1", "type": "T", "address": { "street": "B" }, "name": { "languageMap": { "en": "x", "fr": "y", "ja": "z" } }, "fresh": 2 }"""), JsonNode.Parse(written)), written);
    }

    [Fact]
    public void Append_WithoutOverwriting_LeavesWhatIsThere()
    {
        var (entity, result) = EntityEdits.Append(Read("""{ "id": "urn:x:1", "type": "T", "a": 1 }"""), Read("""{ "a": 2, "b": 3 }""", InputNeed.Attributes), overwrites: false, Now);
        Assert.Equal([CoreContext.Default + "b"], result.Updated);
        Assert.Equal(CoreContext.Default + "a", Assert.Single(result.NotUpdated).Name);
        Assert.Equal("1", Encoding.UTF8.GetString(entity.Find(CoreContext.Default + "a", null)!.Value.Span));
    }

    [Fact]
    public void UpdateAttribute_OnePart_LeavesTheOthersAndTheEntityGivenAsTheyAre()
    {
        var before = Read("""{ "id": "urn:x:1", "type": "T", "a": { "value": 1, "unitCode": "KMH", "accuracy": 5 }, "b": 2 }""");
        var bytes = EntityCodec.Write(before);
        var part = Assert.Single(new EntityReader(JsonLdContext.Core, InputForm.Normalized, InputNeed.Parts).ReadAttribute(CoreContext.Default + "a", "a", JsonSerializer.Deserialize<JsonElement>("""{ "value": 9 }""")));
        var after = EntityEdits.UpdateAttribute(before, part, Now);
        var a = after.Find(CoreContext.Default + "a", null)!;
        Assert.Equal(("9", "KMH", 1), (Encoding.UTF8.GetString(a.Value.Span), a.UnitCode, a.Attributes!.Count));
        Assert.Same(before.Find(CoreContext.Default + "b", null), after.Find(CoreContext.Default + "b", null));
        Assert.Equal(bytes, EntityCodec.Write(before));
    }

    [Fact]
    public void Live_PartsThatHaveExpired_AreGone()
    {
        var entity = Read("""{ "id": "urn:x:1", "type": "T", "stays": 1, "goes": { "value": 1, "expiresAt": "2026-01-01T00:00:00Z" }, "holds": { "value": 1, "inner": { "value": 1, "expiresAt": "2026-06-01T00:00:00Z" } } }""");
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), Expiry.Next(entity));
        Assert.Same(entity, Expiry.Live(entity, new(2025, 12, 31, 0, 0, 0, TimeSpan.Zero)));
        var live = Expiry.Live(entity, Now)!;
        Assert.Equal(["stays", "holds"], live.Attributes.Select(a => a.Name[CoreContext.Default.Length..]));
        Assert.Null(live.Attributes[1].Attributes);
    }

    [Fact]
    public void Read_HundredThousandAttributes_TakesTimeInProportion()
    {
        var json = $$"""{ "id": "urn:x:1", "type": "T", {{string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"a{i}\": {i}"))}} }""";
        var entity = EntityCodec.Read(EntityCodec.Write(Read(json)));
        Assert.Equal(100_000, JsonNode.Parse(Written(entity, Representation.Normal))!.AsObject().Count - 2);
        var merged = EntityEdits.Merge(entity, Read(json.Replace(": 7,", ": 8,", StringComparison.Ordinal), InputNeed.Merge), Now);
        Assert.Equal(100_000, merged.Attributes.Count);
    }

    private static Entity Read(string json, InputNeed need = InputNeed.Whole) =>
        new EntityReader(JsonLdContext.Core, InputForm.Normalized, need).Read(JsonSerializer.Deserialize<JsonElement>(json));

    private static string Written(Entity entity, Representation wanted)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) new EntityWriter(JsonLdContext.Core, wanted).Write(json, entity);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
