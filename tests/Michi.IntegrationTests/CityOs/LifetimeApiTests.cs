using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.CityOs;

/// <summary>How long history is kept, through the API. Who may is in the table of rights too, door by door.</summary>
public sealed class LifetimeApiTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Put_ARule_IsListedRecordedAndInForce()
    {
        var scene = await CityOsScene.NewAsync(server);
        var path = PathOf(scene);

        Assert.Equal("[]", await scene.Program.GetStringAsync(path, Cancel));
        Assert.Equal(HttpStatusCode.NoContent, (await PutAsync(scene.Program, $"{path}?type=AirQualityObserved", new { days = 20, detail = 10, period = 86400, sure = true })).StatusCode);
        // A rule may also say that nothing is lost, and a type may be named in full.
        Assert.Equal(HttpStatusCode.NoContent, (await PutAsync(scene.Program, $"{path}?type=https://uri.etsi.org/ngsi-ld/default-context/Streetlight", new { })).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await PutAsync(scene.Program, path, new { days = 5, sure = true })).StatusCode);

        Assert.Equal(
            """[{"type":null,"days":5,"detail":null,"period":3600},{"type":"AirQualityObserved","days":20,"detail":10,"period":86400},{"type":"Streetlight","days":null,"detail":null,"period":3600}]""",
            await scene.Program.GetStringAsync(path, Cancel));
        await server.Services.GetRequiredService<Michi.CityOs.History.IHistory>().TidyNowAsync(Cancel);
        var told = await scene.Program.GetFromJsonAsync<JsonElement>($"ngsi-ld/v1/temporal/entities/{CityOsScene.Sensor}?attrs=pm25", Cancel);
        // Of the month of hours, ten or eleven days are single values, ten more a mean each.
        Assert.InRange(told.GetProperty("pm25").GetArrayLength(), 10 * 24 + 9, 11 * 24 + 11);

        Assert.Equal(HttpStatusCode.NoContent, (await scene.Program.DeleteAsync($"{path}?type=AirQualityObserved&sure=true", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await scene.Program.DeleteAsync($"{path}?type=AirQualityObserved&sure=true", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Program.DeleteAsync(path, Cancel)).StatusCode);
        var lines = await server.LookAsync(db => db.Audit.Where(a => a.Action.StartsWith("history.") && a.PlaceId == db.Places.First(p => p.Slug == scene.Slug).Id).OrderBy(a => a.Id).Select(a => $"{a.Action} {a.Subject}").ToListAsync(Cancel));
        Assert.Equal(["history.set-lifetime AirQualityObserved 20 d 10 d 86400 s", "history.set-lifetime Streetlight ∞ ∞ 3600 s", "history.set-lifetime * 5 d ∞ 3600 s", "history.remove-lifetime AirQualityObserved", "history.remove-lifetime *"], lines);
    }

    [Theory]
    [InlineData("?type=AirQualityObserved", """{"days":0,"sure":true}""", "days")]
    [InlineData("?type=AirQualityObserved", """{"days":-3,"sure":true}""", "days")]
    [InlineData("?type=AirQualityObserved", """{"days":40000,"sure":true}""", "days")]
    [InlineData("?type=AirQualityObserved", """{"days":10,"detail":10,"sure":true}""", "detail")]
    [InlineData("?type=AirQualityObserved", """{"days":10,"period":7,"sure":true}""", "period")]
    [InlineData("?type=AirQualityObserved", """{"days":10}""", "sure")]
    [InlineData("?type=AirQualityObserved", """{"detail":10,"sure":false}""", "sure")]
    [InlineData("?type=Nothing", """{"days":10,"sure":true}""", "type")]
    [InlineData("", """{"sure":true}""", "days")]
    public async Task Put_WhatCannotBe_IsToldByFieldAndChangesNothing(string query, string body, string field)
    {
        var scene = await CityOsScene.NewAsync(server);

        var refused = await scene.Program.PutAsync($"{PathOf(scene)}{query}", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal([field], (await refused.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").EnumerateObject().Select(e => e.Name));
        Assert.Equal("[]", await scene.Program.GetStringAsync(PathOf(scene), Cancel));
    }

    [Theory]
    [InlineData("""{"days":1.5,"sure":true}""")]
    [InlineData("""{"days":"ten","sure":true}""")]
    [InlineData("""{"days":99999999999,"sure":true}""")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task Put_BodyThatCannotBeRead_IsRefused(string body)
    {
        var scene = await CityOsScene.EmptyAsync(server);
        Assert.Equal(HttpStatusCode.BadRequest, (await scene.Program.PutAsync(PathOf(scene), new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancel)).StatusCode);
    }

    [Fact]
    public async Task Delete_WhereTheRuleOfAllOthersWouldCount_HasToBeConfirmed()
    {
        var scene = await CityOsScene.NewAsync(server);
        var path = PathOf(scene);
        foreach (var (query, days) in ((string, int)[])[("?type=Streetlight", 9), ("", 3)]) Assert.Equal(HttpStatusCode.NoContent, (await PutAsync(scene.Program, path + query, new { days, sure = true })).StatusCode);

        var refused = await scene.Program.DeleteAsync($"{path}?type=Streetlight", Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains("\"sure\"", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(2, (await scene.Program.GetFromJsonAsync<List<JsonElement>>(path, Cancel))!.Count);
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Program.DeleteAsync($"{path}?type=Streetlight&sure=true", Cancel)).StatusCode);
    }

    [Theory]
    [InlineData(Role.Viewer, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData(Role.Assessor, HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData(Role.Facilitator, HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData(Role.Owner, HttpStatusCode.OK, HttpStatusCode.NoContent)]
    public async Task Ask_AsARole_IsAllowedAsOnThePage(Role role, HttpStatusCode reading, HttpStatusCode writing)
    {
        var scene = await CityOsScene.EmptyAsync(server);
        var person = await server.PersonAsync(role, scene.Slug);
        var (program, reader) = (await server.ProgramAsync(person), await server.ProgramAsync(person, "read"));

        Assert.Equal(reading, (await program.GetAsync(PathOf(scene), Cancel)).StatusCode);
        Assert.Equal(writing, (await PutAsync(program, PathOf(scene), new { days = 9, sure = true })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PutAsync(reader, PathOf(scene), new { days = 8, sure = true })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.DeleteAsync(PathOf(scene), Cancel)).StatusCode);
    }

    [Fact]
    public async Task Put_AtOnePlace_ChangesNoOtherAndNotTheDefaultTenant()
    {
        var (scene, other) = (await CityOsScene.EmptyAsync(server), await CityOsScene.EmptyAsync(server));
        var owner = await server.ProgramAsync(await server.PersonAsync(Role.Owner));
        var before = await owner.GetStringAsync("api/city-os/history", Cancel);

        Assert.Equal(HttpStatusCode.NoContent, (await PutAsync(scene.Program, PathOf(scene), new { days = 9, sure = true })).StatusCode);

        Assert.Equal("[]", await other.Program.GetStringAsync(PathOf(other), Cancel));
        Assert.Equal(before, await owner.GetStringAsync("api/city-os/history", Cancel));
        Assert.Equal(HttpStatusCode.Forbidden, (await PutAsync(other.Program, PathOf(scene), new { days = 1, sure = true })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await scene.Program.GetAsync("api/city-os/history", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Anonymous().GetAsync(PathOf(scene), Cancel)).StatusCode);
    }

    private static string PathOf(CityOsScene scene) => $"api/places/{scene.Slug}/city-os/history";

    private static Task<HttpResponseMessage> PutAsync(HttpClient program, string path, object body) => program.PutAsJsonAsync(path, body, Cancel);
}
