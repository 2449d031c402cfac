using System.Net;
using System.Text;
using Michi.Assessment;
using Michi.Assessment.Exchange;
using Michi.IntegrationTests.Rounds;
using Michi.Platform.Accounts;
using static Michi.IntegrationTests.Exchange.ExchangeScene;

namespace Michi.IntegrationTests.Exchange;

public sealed class ExportTests(MichiServer server)
{
    private static async Task<PlaceFile> FileAsync(HttpClient client, string address)
    {
        var bytes = await client.GetByteArrayAsync(address, Cancel);
        var reading = PlaceFileBytes.Read(bytes, Pack, Texts, "en");
        Assert.Empty(reading.Problems);
        return reading.File!;
    }

    [Theory, InlineData("json"), InlineData("xlsx"), InlineData("csv")]
    public async Task Get_InternalEvidence_IsForContributorsOnly(string format)
    {
        var scene = await NewAsync(server);
        var inside = $"{scene.Country}-inside";
        var contributor = await server.ProgramAsync(await server.PersonAsync(Role.Assessor, scene.City));
        var viewer = await server.ProgramAsync(await server.PersonAsync(Role.Viewer, scene.City));

        Assert.DoesNotContain((await FileAsync(server.Anonymous(), $"api/places/{scene.City}/export?format={format}")).Evidence, e => e.Id == inside);
        Assert.DoesNotContain((await FileAsync(viewer, $"api/places/{scene.City}/export?format={format}")).Evidence, e => e.Id == inside);
        Assert.Contains((await FileAsync(contributor, $"api/places/{scene.City}/export?format={format}")).Evidence, e => e.Id == inside && e.Internal);
        Assert.Contains((await FileAsync(await server.SignedInAsync("assessor"), $"en/{scene.City}/export?format={format}")).Evidence, e => e.Id == inside);
        Assert.DoesNotContain((await FileAsync(server.Anonymous(), $"ja/{scene.City}/export?format={format}&in=en")).Evidence, e => e.Id == inside);
    }

    [Fact]
    public async Task Get_Json_HasTheChainFactsRetiredEvidenceAndFiles()
    {
        var scene = await NewAsync(server);

        var file = await FileAsync(server.Anonymous(), $"api/places/{scene.City}/export");

        Assert.Equal([scene.Country, scene.City], file.Places.Select(p => p.Slug));
        Assert.Equal(scene.Country, file.Places[1].Parent);
        Assert.Equal("1000000", Assert.Single(file.Places[0].Facts).Value);
        Assert.Equal([$"{scene.Country}-gone", $"{scene.Country}-land", $"{scene.Country}-open"], file.Evidence.Select(e => e.Id));
        Assert.Equal("It was wrong.", file.Evidence[0].Retired);
        Assert.Equal([1, 2, 3], Assert.Single(file.Evidence[2].Attachments).Bytes);
    }

    [Fact]
    public async Task Export_IntoAnotherInstallation_IsTheSameThere()
    {
        var scene = await NewAsync(server);
        var exported = await scene.StandsAsync(scene.City);
        await using var other = await MichiServer.EmptyAsync();

        Assert.Empty((await other.Services.ImportAsync(new(exported, []), new(), progress: null, Cancel)).Problems);

        Assert.Equal(Encoding.UTF8.GetString(PlaceFileJson.Write(exported)), Encoding.UTF8.GetString(PlaceFileJson.Write((await other.Services.ExportAsync(scene.City, withFiles: true, Cancel))!)));
    }

    [Fact]
    public async Task Get_Ratings_AreOfClosedRoundsAndNameNobody()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 3, rounds: 1);
        await scene.RateAllAsync(("P1", [1, 2, null]));
        var open = await server.Anonymous().GetStringAsync($"api/places/{scene.Slug}/export", Cancel);
        Assert.DoesNotContain("reason of level", open, StringComparison.Ordinal);
        Assert.Empty((await FileAsync(scene.Facilitator, $"api/places/{scene.Slug}/export")).Assessments);
        await scene.CloseAsync(1);
        await scene.OpenAsync(2);
        await scene.RateAsync(1, "P2", 4, "second round");

        var json = await scene.Facilitator.GetStringAsync($"api/places/{scene.Slug}/export", Cancel);
        var file = PlaceFileJson.Read(Encoding.UTF8.GetBytes(json)).File!;

        var round = Assert.Single(Assert.Single(file.Assessments).Rounds);
        Assert.Equal([1, 2, 3], round.Ratings.Select(r => r.Assessor).Distinct().Order());
        Assert.Equal(new int?[] { null, 1, 2 }, round.Ratings.Where(r => r.Element == "P1").Select(r => r.Level).Order());
        Assert.DoesNotContain("second round", json, StringComparison.Ordinal);
        Assert.DoesNotContain("Assessor 1", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("format=pdf", "format")]
    [InlineData("format=csv&table=places", "table")]
    [InlineData("format=xlsx&lang=xx", "lang")]
    public async Task Get_UnknownChoice_NamesIt(string query, string field)
    {
        var scene = await NewAsync(server);

        var answer = await server.Anonymous().GetAsync($"api/places/{scene.City}/export?{query}", Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains($"\"{field}\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await server.Anonymous().GetAsync($"en/{scene.City}/export?{query.Replace("lang=", "in=", StringComparison.Ordinal)}", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Get_HiddenPlace_IsNotFound()
    {
        var scene = await NewAsync(server, isPublic: false);

        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"api/places/{scene.City}/export", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await (await server.ProgramAsync(await server.PersonAsync())).GetAsync($"api/places/{scene.City}/export", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Get_Page_OffersEveryFormatAndSaysWhatIsInside()
    {
        var scene = await NewAsync(server);

        var forAll = WebUtility.HtmlDecode(await server.Anonymous().GetStringAsync($"en/{scene.City}/export", Cancel));
        var forContributors = WebUtility.HtmlDecode(await (await server.SignedInAsync("assessor")).GetStringAsync($"ja/{scene.City}/export", Cancel));

        Assert.Contains("Without internal evidence.", forAll, StringComparison.Ordinal);
        Assert.Contains("内部限りの根拠も含みます", forContributors, StringComparison.Ordinal);
        foreach (var link in new[] { "format=xlsx&in=en", "format=xlsx&in=ja", "format=csv&table=ratings", "format=json" }) Assert.Contains(link, forAll, StringComparison.Ordinal);
    }
}
