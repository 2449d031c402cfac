using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Michi.Platform.Accounts;
using Michi.UnitTests;
using Microsoft.EntityFrameworkCore;

namespace Michi.IntegrationTests.Roadmap;

public sealed class PlanFileTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_FileOfAnotherCity_BringsEverythingOnceAndChangesNothingTheSecondTime()
    {
        var (from, to) = (await RoadmapScene.AdoptedAsync(server), await RoadmapScene.AdoptedAsync(server));
        var sample = await File.ReadAllBytesAsync(Path.Combine(ProjectFolder.Path, "samples", "siem-reap", "siem-reap.plan.json"), Cancel);
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner));

        var check = await program.PostAsync($"api/places/{to.Slug}/plan-file?check=true", new ByteArrayContent(sample), Cancel);
        var before = await RoadmapScene.LookAsync(server, db => db.Initiatives.CountAsync(i => i.PlaceId == to.PlaceId, Cancel));
        var first = await program.PostAsync($"api/places/{to.Slug}/plan-file", new ByteArrayContent(sample), Cancel);
        var whole = await program.GetByteArrayAsync($"api/places/{to.Slug}/plan-file", Cancel);
        var again = await program.PostAsync($"api/places/{to.Slug}/plan-file", new ByteArrayContent(whole), Cancel);

        Assert.Equal(HttpStatusCode.OK, check.StatusCode);
        Assert.Equal(2, before);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.InRange((await first.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("added").GetInt32(), 30, 100);
        var counts = await again.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal((0, 0), (counts.GetProperty("added").GetInt32(), counts.GetProperty("changed").GetInt32()));
        Assert.Equal(2, await RoadmapScene.LookAsync(server, db => db.Initiatives.CountAsync(i => i.PlaceId == from.PlaceId, Cancel)));
    }

    [Theory]
    [InlineData("""{"format":"michi-plan/1","colour":"red"}""", "colour (line 1)")]
    [InlineData("""{"format":"michi-plan/1","initiatives":[{"library":"moon"}]}""", "initiatives[0].library")]
    [InlineData("no json", "")]
    public async Task Post_FaultyFile_NamesThePlaceAndSavesNothing(string file, string field)
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug));

        var answer = await program.PostAsync($"api/places/{scene.Slug}/plan-file", new StringContent(file), Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains((await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").EnumerateObject(), e => e.Name.StartsWith(field, StringComparison.Ordinal));
        Assert.Equal(2, await RoadmapScene.LookAsync(server, db => db.Initiatives.CountAsync(i => i.PlaceId == scene.PlaceId, Cancel)));
    }

    [Fact]
    public async Task Send_FileOnThePage_TellsWhatWasDone()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var person = await server.PersonAsync(Role.Planner, scene.Slug);
        var client = await server.SignedInAsync(person.Email, Person.Password);
        var page = await client.GetStringAsync($"en/{scene.Slug}/plan-file", Cancel);
        using var form = new MultipartFormDataContent
        {
            { new StringContent(page.Split("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"")[^1].Split('"')[0]), "__RequestVerificationToken" },
            { new ByteArrayContent(await client.GetByteArrayAsync($"en/{scene.Slug}/plan-file?handler=file", Cancel)), "file", "plan.json" },
            { new StringContent("true"), "check" },
        };

        var answer = await client.PostAsync($"en/{scene.Slug}/plan-file", form, Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("The file is sound: 0 added, 0 changed", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }
}
