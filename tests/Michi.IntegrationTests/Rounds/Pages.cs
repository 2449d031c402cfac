using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Michi.IntegrationTests.Rounds;

/// <summary>Pages as a browser sees them. Sign-in is limited by address, so the facilitator signs in once for all tests.</summary>
internal static class Pages
{
    private static Task<HttpClient>? _facilitator;
    private static Task<HttpClient>? _viewer;

    public static Task<HttpClient> FacilitatorAsync(MichiServer server) => _facilitator ??= server.SignedInAsync("facilitator");

    public static Task<HttpClient> ViewerAsync(MichiServer server) => _viewer ??= server.SignedInAsync("viewer");

    public static async Task<IDocument> ReadAsync(HttpClient client, string page) => new HtmlParser().ParseDocument(await client.GetStringAsync(page, RoundScene.Cancel));

    public static async Task<IDocument> ReadAsync(HttpResponseMessage answer) => new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync(RoundScene.Cancel));
}
