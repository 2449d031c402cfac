using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Html;

namespace Michi.Platform.Charts;

public static class ChartHtml
{
    /// <summary>Renders a component to HTML once, on the server. The host registers <see cref="HtmlRenderer"/> as a scoped service.</summary>
    /// <param name="renderer">The renderer of the current request.</param>
    /// <param name="parameters">Pairs of parameter name and value: <c>(nameof(RadarChart.Title), title), …</c></param>
    public static Task<IHtmlContent> RenderAsync<TComponent>(this HtmlRenderer renderer, params (string Name, object? Value)[] parameters)
        where TComponent : IComponent =>
        renderer.Dispatcher.InvokeAsync<IHtmlContent>(async () =>
        {
            var view = ParameterView.FromDictionary(parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value));
            var root = await renderer.RenderComponentAsync<TComponent>(view);
            return new HtmlString(root.ToHtmlString());
        });
}
