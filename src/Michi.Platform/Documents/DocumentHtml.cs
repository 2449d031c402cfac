using System.Text.Encodings.Web;
using System.Text.Unicode;
using Michi.Platform.Charts;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Michi.Platform.Documents;

public static class DocumentHtml
{
    // Letters of every script stay as they are.
    private static readonly IServiceProvider Services = new ServiceCollection().AddSingleton(HtmlEncoder.Create(UnicodeRanges.All)).BuildServiceProvider();

    /// <summary>A document as one HTML text, without a server.</summary>
    /// <param name="parameters">Pairs of parameter name and value.</param>
    public static async Task<string> WriteAsync<TDocument>(params (string Name, object? Value)[] parameters) where TDocument : IComponent
    {
        await using var renderer = new HtmlRenderer(Services, NullLoggerFactory.Instance);
        return (await renderer.RenderAsync<TDocument>(parameters)).ToString()!;
    }
}
