using Michi.CityOs.Entities;
using Michi.CityOs.Sources;

namespace Michi.UnitTests.CityOs;

public sealed class EntityMergeTests
{
    private static Entity Speed(int value, DateTimeOffset modified, string? observed = null)
    {
        var entity = SampleEntity.Of($"'speed': {{'type': 'Property', 'value': {value}{(observed is null ? "" : $", 'observedAt': '{observed}'")}}}");
        entity.Attributes[0].ModifiedAt = modified;
        return entity;
    }

    private static string ValueOf(Entity entity) => System.Text.Encoding.UTF8.GetString(entity.Attributes.Single().Value.Span);

    [Theory]
    [InlineData(null, null, 1, "2")]
    [InlineData(null, null, -1, "1")]
    [InlineData("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", -1, "2")]
    [InlineData("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", 1, "1")]
    [InlineData("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 1, "2")]
    [InlineData(null, null, 0, "1")]
    public void Merge_SameInstance_TakesTheNewer(string? observed, string? otherObserved, int laterHours, string expected)
    {
        var merged = EntityMerge.Merge(Speed(1, SampleEntity.Created, observed), Speed(2, SampleEntity.Created.AddHours(laterHours), otherObserved));
        Assert.Equal(expected, ValueOf(merged));
    }

    [Fact]
    public void Merge_OtherAttributesTypesAndScopes_AreAdded()
    {
        var merged = EntityMerge.Merge(SampleEntity.Of("'speed': 1, 'scope': '/a'"), SampleEntity.Of("'color': 'red', 'scope': ['/a', '/b']", type: "'Car'"));
        Assert.Equal([SampleEntity.Name("Vehicle"), SampleEntity.Name("Car")], merged.Types);
        Assert.Equal(["/a", "/b"], merged.Scopes);
        Assert.Equal([SampleEntity.Name("speed"), SampleEntity.Name("color")], merged.Attributes.Select(a => a.Name));
    }

    [Fact]
    public void Merge_OtherInstance_IsAddedBeside()
    {
        var merged = EntityMerge.Merge(SampleEntity.Of("'speed': 1"), SampleEntity.Of("'speed': {'value': 2, 'datasetId': 'urn:ngsi-ld:Dataset:gps'}"));
        Assert.Equal(2, merged.Attributes.Count);
    }

    [Fact]
    public void FillUp_AttributeThereAlready_StaysHoweverOldItIs()
    {
        var merged = EntityMerge.FillUp(Speed(1, SampleEntity.Created), Speed(2, SampleEntity.Created.AddDays(1)));
        Assert.Equal("1", ValueOf(merged));
    }
}
