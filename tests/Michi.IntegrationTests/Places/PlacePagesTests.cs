using System.Net;
using System.Text;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;

namespace Michi.IntegrationTests.Places;

public sealed class PlacePagesTests(MichiServer server)
{
    private const string Square = """{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":1},"geometry":{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,1],[0,0]]]}}]}""";
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Home_WithoutPlaces_OffersTheFirstStepToWhoMayTakeIt()
    {
        await using var own = await MichiServer.EmptyAsync();
        var owner = await own.SignedInAsync((await own.PersonAsync(Role.Owner)).Email, Person.Password);
        var viewer = await own.SignedInAsync((await own.PersonAsync(Role.Viewer)).Email, Person.Password);

        Assert.Contains("Add the first city", await owner.GetStringAsync("en", _cancel), StringComparison.Ordinal);
        Assert.DoesNotContain("places/new", await viewer.GetStringAsync("en", _cancel), StringComparison.Ordinal);
        Assert.DoesNotContain("places/new", await own.Anonymous().GetStringAsync("en", _cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewPlace_FromACity_SearchChooseConfirm()
    {
        var client = await server.SignedInAsync("owner");
        Assert.Contains("places/new?city=1689973", await client.GetStringAsync("ja/places/new?q=San%20Francisco", _cancel), StringComparison.Ordinal);
        const string city = "en/places/new?city=5391959";
        Assert.Contains("San Francisco", await client.GetStringAsync(city, _cancel), StringComparison.Ordinal);

        var answer = await MichiServer.PostAsync(client, city, new() { ["city"] = "5391959", ["isPublic"] = "true" }, "en/places/new?handler=City");

        Assert.Equal("/en/san-francisco", answer.Headers.Location!.ToString());
        Assert.Contains("San Francisco", await server.Anonymous().GetStringAsync("en", _cancel), StringComparison.Ordinal);
        Assert.True(await server.LookAsync(db => db.Audit.AnyAsync(e => e.Action == "place.add" && e.Subject == "san-francisco" && e.Actor == "Owner")));
    }

    [Fact]
    public async Task NewPlace_ByHand_ShowsFaultsAtTheirFields()
    {
        var client = await server.SignedInAsync("owner");

        var answer = await MichiServer.PostAsync(client, "en/places/new", new() { ["where"] = "city:cambodia", ["names.en"] = "", ["slug"] = "Not a slug" }, "en/places/new?handler=Form");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var html = await answer.Content.ReadAsStringAsync(_cancel);
        Assert.Contains("href=\"#names\"", html, StringComparison.Ordinal);
        Assert.Contains("id=\"slug-error\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edit_NamesAndUploadedBoundary_AreKeptAndDrawn()
    {
        var (client, page) = await CityAsync();

        var answer = await PostAsync(client, page, [("language", "en"), ("name", "Test"), ("language", "ar"), ("name", "مدينة"), ("language", ""), ("name", ""), ("latitude", "1.5"), ("longitude", "2"), ("isPublic", "true")], Square);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var html = await client.GetStringAsync(page, _cancel);
        Assert.Contains("value=\"مدينة\" maxlength=\"200\" dir=\"auto\" lang=\"ar\"", html, StringComparison.Ordinal);
        Assert.Contains("<path d=\"M0,", html, StringComparison.Ordinal);

        // Saved again without a boundary it stays; with the box ticked it goes.
        await PostAsync(client, page, [("language", "en"), ("name", "Test"), ("isPublic", "true")]);
        Assert.Contains("<path d=\"M0,", await client.GetStringAsync(page, _cancel), StringComparison.Ordinal);
        await PostAsync(client, page, [("language", "en"), ("name", "Test"), ("removeBoundary", "true")]);
        Assert.DoesNotContain("<path d=\"M0,", await client.GetStringAsync(page, _cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edit_FaultyInput_IsRefusedWithEveryFaultAndKeepsWhatWasTyped()
    {
        var (client, page) = await CityAsync();

        var answer = await PostAsync(client, page, [("language", "en"), ("name", "One"), ("language", "en"), ("name", "Two"), ("latitude", "north"), ("boundary", "{\"type\":\"Polygon\"}")]);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var html = await answer.Content.ReadAsStringAsync(_cancel);
        foreach (var field in new[] { "names", "latitude", "boundary" }) Assert.Contains($"href=\"#{field}\"", html, StringComparison.Ordinal);
        Assert.Contains("value=\"north\"", html, StringComparison.Ordinal);
        Assert.Contains("value=\"Two\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edit_HostileInput_IsRefusedNeverAServerError()
    {
        var (client, page) = await CityAsync();
        (string, string)[][] forms =
        [
            [("language", "en"), ("name", new string('ก', 10_000))],
            [("language", new string('e', 10_000)), ("name", "X")],
            [("language", "en"), ("name", "a\u202e\u0007b")],
            [("language", "en"), ("name", "X"), ("boundary", new string('[', 400_000))],
            [("language", "en"), ("name", "X"), ("boundary", new string(' ', 600_000) + "1")],
            [("language", "en"), ("name", "X"), ("latitude", "NaN"), ("longitude", "1e400")],
            [.. Enumerable.Range(0, 400).SelectMany(i => new[] { ("language", $"x{(char)('a' + i % 26)}{(char)('a' + i / 26)}"), ("name", "X") })],
        ];
        foreach (var form in forms) Assert.Equal(HttpStatusCode.UnprocessableEntity, (await PostAsync(client, page, form)).StatusCode);
        // The server answers before the whole body is sent, and then hangs up: a client that asks first hears the answer.
        client.DefaultRequestHeaders.ExpectContinue = true;
        var tooLarge = await PostAsync(client, page, [("language", "en"), ("name", "X"), ("boundary", new string('x', 5_000_000))]);
        Assert.InRange((int)tooLarge.StatusCode, 400, 499);
        var tooMany = await PostAsync(client, page, [.. Enumerable.Range(0, 2000).Select(_ => ("language", "en"))]);
        Assert.InRange((int)tooMany.StatusCode, 400, 499);
    }

    [Fact]
    public async Task Edit_Scripts_AreShownAsText()
    {
        var (client, page) = await CityAsync();
        const string script = "<script>alert(1)</script>\"'";
        await PostAsync(client, page, [("language", "en"), ("name", script), ("isPublic", "true")]);
        await MichiServer.PostAsync(client, page, new() { ["kind"] = "note", ["value"] = script, ["source"] = "javascript:alert(1)" }, $"{page}?handler=Fact");

        foreach (var html in new[] { await client.GetStringAsync(page, _cancel), await client.GetStringAsync("en", _cancel) })
        {
            Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
            Assert.DoesNotContain("href=\"javascript", html, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Facts_AddedAndWithdrawnOnThePage()
    {
        var (client, page) = await CityAsync();
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, page, new() { ["kind"] = "population", ["value"] = "1234567", ["source"] = "census", ["date"] = "2021" }, $"{page}?handler=Fact")).StatusCode);
        var html = await client.GetStringAsync(page, _cancel);
        Assert.Contains("1,234,567 inhabitants", html, StringComparison.Ordinal);
        var id = html.Split("name=\"fact\" value=\"")[1].Split('"')[0];

        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, page, new() { ["fact"] = id }, $"{page}?handler=Retire")).StatusCode);

        Assert.Contains("1 withdrawn fact", await client.GetStringAsync(page, _cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await MichiServer.PostAsync(client, page, new() { ["fact"] = id }, $"{page}?handler=Retire")).StatusCode);
    }

    private async Task<(HttpClient Client, string Page)> CityAsync()
    {
        var slug = $"p-{Guid.NewGuid():N}";
        var client = await server.SignedInAsync((await server.PersonAsync(Role.Owner, "cambodia")).Email, Person.Password);
        var answer = await MichiServer.PostAsync(client, "en/places/new", new() { ["where"] = "city:cambodia", ["names.en"] = "Test", ["slug"] = slug, ["isPublic"] = "true" }, "en/places/new?handler=Form");
        Assert.Equal($"/en/{slug}", answer.Headers.Location!.ToString());
        return (client, $"en/{slug}/edit");
    }

    private async Task<HttpResponseMessage> PostAsync(HttpClient client, string page, IEnumerable<(string Name, string Value)> fields, string? file = null)
    {
        var html = await client.GetStringAsync(page, _cancel);
        using var form = new MultipartFormDataContent { { new StringContent(html.Split("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"")[1].Split('"')[0]), "__RequestVerificationToken" } };
        foreach (var (name, value) in fields) form.Add(new StringContent(value), name);
        if (file is not null) form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(file)), "boundaryFile", "boundary.geojson");
        return await client.PostAsync($"{page}?handler=Place", form, _cancel);
    }
}
