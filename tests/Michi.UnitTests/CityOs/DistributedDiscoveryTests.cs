using System.Net;
using System.Text.Json;

namespace Michi.UnitTests.CityOs;

/// <summary>Types and attributes of brokers and context sources on ports of this machine, told as one (ETSI GS CIM 009, 5.7.5 to 5.7.10).</summary>
public sealed class DistributedDiscoveryTests
{
    private const string Everything = "'information': [{'entities': [{'type': 'Vehicle'}, {'type': 'Bus'}]}]";

    [Theory]
    [InlineData("types", "Bus Car Vehicle")]
    [InlineData("types?local=true", "Car Vehicle")]
    [InlineData("types?details=true", "Bus(line) Car(speed) Vehicle(color speed)")]
    [InlineData("types/Vehicle", "2: color(Property) speed(Property)")]
    [InlineData("types/Bus", "1: line(Relationship)")]
    [InlineData("attributes", "color line speed")]
    [InlineData("attributes?details=true", "color(Vehicle) line(Bus) speed(Car Vehicle)")]
    [InlineData("attributes/speed", "2: Property(Car Vehicle)")]
    [InlineData("attributes/line", "1: Relationship(Bus)")]
    public async Task Get_NamesOfTwoBrokers_AreToldAsOne(string path, string expected)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        await broker.SendAsync("POST", "entityOperations/create", "[{'id': 'urn:ngsi-ld:Vehicle:1', 'type': 'Vehicle', 'speed': 1}, {'id': 'urn:ngsi-ld:Car:1', 'type': 'Car', 'speed': 1}]");
        await source.SendAsync("POST", "entityOperations/create", "[{'id': 'urn:ngsi-ld:Vehicle:2', 'type': 'Vehicle', 'color': 1}, {'id': 'urn:ngsi-ld:Bus:1', 'type': 'Bus', 'line': {'object': 'urn:ngsi-ld:Line:1'}}, {'id': 'urn:ngsi-ld:Tram:1', 'type': 'Tram', 'color': 1}]");
        // What it is not registered for, the Tram, it has no say in.
        await broker.RegisterAsync(source.Address, Everything);
        var answer = await broker.SendAsync("GET", path);
        Assert.Equal((HttpStatusCode.OK, expected), (answer.Status, Told(answer.Body)));
    }

    [Fact]
    public async Task Get_SourceWithoutTheOperation_IsNotAsked()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await FakeSource.StartAsync(200, "{'id': 'urn:1', 'type': 'EntityTypeList', 'typeList': ['Vehicle']}");
        await broker.RegisterAsync(source.Address, Everything + ", 'operations': ['retrieveOps', 'retrieveEntityTypeInfo']");
        Assert.Equal("", Told((await broker.SendAsync("GET", "types")).Body));
        await broker.SendAsync("GET", "types/Tram");
        Assert.Empty(source.Requests);
        await broker.SendAsync("GET", "types/Bus");
        Assert.Equal("GET /ngsi-ld/v1/types/Bus", source.Requests.Single());
    }

    [Theory]
    [InlineData(500, "", "299")]
    [InlineData(200, "{'typeList': [1]}", "111")]
    [InlineData(200, "[[]]", "111")]
    [InlineData(200, "{'typeName': 'Vehicle', 'attributeDetails': [3]}", "111")]
    [InlineData(404, "", "")]
    public async Task Get_SourceFails_AnswersTheRestWithAWarning(int status, string body, string warning)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await FakeSource.StartAsync(status, body);
        await broker.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:Vehicle:1', 'type': 'Vehicle', 'speed': 1}");
        await broker.RegisterAsync(source.Address, Everything);
        var answer = await broker.SendAsync("GET", "types");
        Assert.Equal((HttpStatusCode.OK, "Vehicle"), (answer.Status, Told(answer.Body)));
        Assert.StartsWith(warning, answer.Warning, StringComparison.Ordinal);
        Assert.Equal(warning.Length == 0, answer.Warning.Length == 0);
    }

    [Fact]
    public async Task Get_BrokersRegisteredAtEachOther_AnswerOnce()
    {
        await using var first = await SourceBroker.StartAsync();
        await using var second = await SourceBroker.StartAsync();
        await first.RegisterAsync(second.Address, Everything);
        await second.RegisterAsync(first.Address, Everything);
        await second.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:Vehicle:1', 'type': 'Vehicle', 'speed': 1}");
        Assert.Equal("1: speed(Property)", Told((await first.SendAsync("GET", "types/Vehicle")).Body));
        Assert.Equal(HttpStatusCode.NotFound, (await first.SendAsync("GET", "types/Bus")).Status);
    }

    /// <summary>Names, what goes with each in parentheses, and how many there are where that is told.</summary>
    private static string Told(JsonElement answer)
    {
        if (answer.ValueKind == JsonValueKind.Array) return string.Join(' ', answer.EnumerateArray().Select(One));
        if (answer.TryGetProperty("typeList", out var types) || answer.TryGetProperty("attributeList", out types)) return Texts(types);
        if (answer.TryGetProperty("entityCount", out var count)) return $"{count}: {string.Join(' ', answer.GetProperty("attributeDetails").EnumerateArray().Select(a => $"{a.GetProperty("attributeName")}({Texts(a.GetProperty("attributeTypes"))})"))}";
        return $"{answer.GetProperty("attributeCount")}: {Texts(answer.GetProperty("attributeTypes"))}({Texts(answer.GetProperty("typeNames"))})";

        static string One(JsonElement one) => one.TryGetProperty("typeName", out var type) ? $"{type}({Texts(one.GetProperty("attributeNames"))})" : $"{one.GetProperty("attributeName")}({Texts(one.GetProperty("typeNames"))})";
    }

    private static string Texts(JsonElement array) => string.Join(' ', array.EnumerateArray().Select(t => t.GetString()));
}
