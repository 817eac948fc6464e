def test_the_icon_is_found_where_browsers_look_unasked(client):
    assert client.get("/favicon.ico")["Location"] == "/static/img/favicon.ico"
