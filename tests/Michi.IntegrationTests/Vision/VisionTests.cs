using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Michi.Platform.Accounts;

namespace Michi.IntegrationTests.Vision;

public sealed partial class VisionTests(MichiServer server)
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Form_PartsChangedByTwo_BothStayAndTheSamePartIsShownAgain()
    {
        var (slug, client) = await CityAsync(isPublic: true);
        Assert.Contains("There is no vision yet", await client.GetStringAsync($"en/{slug}/vision", Cancel), StringComparison.Ordinal);
        await SaveAsync(client, $"en/{slug}/vision/statement", new() { ["statement-en"] = "Streets for all.", ["currency"] = "USD", ["perDollar"] = "1" }, HttpStatusCode.Redirect);
        await SaveAsync(client, $"en/{slug}/vision/objectives/new", new() { ["names-en"] = "Clean city" }, HttpStatusCode.Redirect);
        var was = await WasAsync(client, $"en/{slug}/vision/objectives/clean-city");
        await SaveAsync(client, $"en/{slug}/vision/targets/new", new() { ["names-en"] = "Recycled waste", ["objective"] = "clean-city", ["unit"] = "%", ["goal"] = "40", ["year"] = "2030" }, HttpStatusCode.Redirect);

        // Another part changed meanwhile: no conflict.
        await SaveAsync(client, $"en/{slug}/vision/objectives/clean-city", new() { ["names-en"] = "Clean and green city" }, HttpStatusCode.Redirect, was);
        // The same part changed meanwhile: nothing is overwritten, both texts are on the page.
        var page = await SaveAsync(client, $"en/{slug}/vision/objectives/clean-city", new() { ["names-en"] = "Spotless city" }, HttpStatusCode.UnprocessableEntity, was);

        Assert.Contains("Clean and green city", page, StringComparison.Ordinal);
        Assert.Contains("Spotless city", page, StringComparison.Ordinal);
        var seen = await server.Anonymous().GetStringAsync($"en/{slug}/vision", Cancel);
        Assert.Contains("Clean and green city", seen, StringComparison.Ordinal);
        Assert.Contains("Recycled waste", seen, StringComparison.Ordinal);
        Assert.Contains("Nobody has settled how the target", await client.GetStringAsync($"en/{slug}/vision", Cancel), StringComparison.Ordinal);
        Assert.Contains("Recycled waste", await client.GetStringAsync($"ja/{slug}/vision?handler=table&table=targets&format=csv", Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("statement", "currency", "dollars")]
    [InlineData("statement", "perDollar", "0")]
    [InlineData("targets/new", "goal", "many")]
    [InlineData("targets/new", "year", "12")]
    [InlineData("alignments/new", "address", "javascript:alert(1)")]
    [InlineData("logic/new", "kind", "miracle")]
    public async Task Form_FaultyField_NamesItAndKeepsWhatWasTyped(string part, string field, string value)
    {
        var (slug, client) = await CityAsync(isPublic: true);

        var page = await SaveAsync(client, $"en/{slug}/vision/{part}", new() { ["names-en"] = "Kept", [field] = value }, HttpStatusCode.UnprocessableEntity);

        Assert.Contains($"id=\"{field}-error\"", page, StringComparison.Ordinal);
        Assert.Contains($"href=\"#{field}\"", page, StringComparison.Ordinal);
        if (part != "statement" && part != "alignments/new") Assert.Contains("Kept", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_OldVersionOrFaults_AreRefusedAndNothingIsSaved()
    {
        var (slug, _) = await CityAsync(isPublic: true);
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner, slug));
        var api = $"api/places/{slug}/vision";
        var vision = new { statement = new { en = "One" }, objectives = new[] { new { id = "a-1", names = new { en = "A" } } } };
        Assert.Equal(HttpStatusCode.NoContent, (await program.PutAsJsonAsync(api, new { version = 0, vision }, Cancel)).StatusCode);

        Assert.Equal(HttpStatusCode.Conflict, (await program.PutAsJsonAsync(api, new { version = 0, vision }, Cancel)).StatusCode);
        foreach (var body in new[] { "{\"version\":1}", "{\"version\":1,\"vision\":{\"objectives\":[null]}}", "{\"version\":1,\"vision\":{\"targets\":[{}]}}", "{\"version\":1,\"vision\":{\"objectives\":[{\"id\":\"x-1\",\"names\":{\"en\":\"A\"}},{\"id\":\"x-1\",\"names\":{\"en\":\"B\"}}]}}" })
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await program.PutAsync(api, new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancel)).StatusCode);

        var now = await server.Anonymous().GetFromJsonAsync<JsonElement>(api, Cancel);
        Assert.Equal(1, now.GetProperty("version").GetInt32());
        Assert.Equal("One", now.GetProperty("vision").GetProperty("statement").GetProperty("en").GetString());
    }

    [Fact]
    public async Task Get_HiddenPlace_StaysHidden()
    {
        var (slug, client) = await CityAsync(isPublic: false);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"en/{slug}/vision", Cancel)).StatusCode);

        foreach (var path in new[] { $"en/{slug}/vision", $"api/places/{slug}/vision", $"en/{slug}/vision/statement" })
            Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync(path, Cancel)).StatusCode);
    }

    private async Task<(string Slug, HttpClient Client)> CityAsync(bool isPublic)
    {
        var slug = $"v-{Guid.NewGuid():N}";
        var client = await server.SignedInAsync((await server.PersonAsync(Role.Owner, "cambodia")).Email, Person.Password);
        var form = new Dictionary<string, string> { ["where"] = "city:cambodia", ["names.en"] = "Test", ["slug"] = slug, ["isPublic"] = isPublic ? "true" : "false" };
        Assert.Equal($"/en/{slug}", (await MichiServer.PostAsync(client, "en/places/new", form, "en/places/new?handler=Form")).Headers.Location!.ToString());
        return (slug, client);
    }

    private static async Task<string> WasAsync(HttpClient client, string page) => Was().Match(await client.GetStringAsync(page, Cancel)).Groups[1].Value;

    private static async Task<string> SaveAsync(HttpClient client, string page, Dictionary<string, string> fields, HttpStatusCode expected, string? was = null)
    {
        fields["was"] = was ?? await WasAsync(client, page);
        var answer = await MichiServer.PostAsync(client, page, fields);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(expected == answer.StatusCode, $"{answer.StatusCode} at {page}");
        return text;
    }

    [GeneratedRegex("name=\"was\" id=\"was\" value=\"([^\"]*)\"")]
    private static partial Regex Was();
}
